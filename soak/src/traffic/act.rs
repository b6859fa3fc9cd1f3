//! How a batch ends.

use fastrand::Rng;

use super::Manners;

/// How a batch ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Act {
    /// With the next batch.
    #[default]
    Stay,
    /// The last request asks for the close.
    Close,
    /// Our direction ends after the last request; all must be answered nevertheless.
    HalfClose,
    /// Our direction ends within the content of the last request.
    CutShort,
    /// A reset within the last request.
    ResetWithin,
    /// A reset when the first answer comes.
    ResetAtAnswer,
    /// A reset within the last answer, which is a long one.
    ResetInAnswer,
    /// A reset when everything is sent.
    Leave,
    /// The last request breaks a rule: the others are answered, then it is refused.
    Malformed,
    /// The handler of the last request destroys the connection.
    Destroyed,
}

impl Act {
    /// Its name in a record.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Stay => "pipelines",
            Self::Close => "closes_asked_for",
            Self::HalfClose => "half_closes",
            Self::CutShort => "uploads_cut_short",
            Self::ResetWithin => "resets_within_a_request",
            Self::ResetAtAnswer => "resets_at_an_answer",
            Self::ResetInAnswer => "resets_within_an_answer",
            Self::Leave => "resets_before_an_answer",
            Self::Malformed => "malformed_at_the_end",
            Self::Destroyed => "destroyed_by_the_handler",
        }
    }

    pub(super) fn draw(rng: &mut Rng, manners: Manners) -> Self {
        let rude = manners == Manners::Rude;
        match rng.u32(..1_000) {
            lot if manners == Manners::Harsh => Self::draw_harsh(lot),
            0..60 => Self::Close,
            60..80 => Self::HalfClose,
            80..95 if rude => Self::CutShort,
            95..110 if rude => Self::ResetWithin,
            110..125 if rude => Self::ResetAtAnswer,
            125..130 if rude => Self::Leave,
            130..150 if rude => Self::Malformed,
            _ => Self::Stay,
        }
    }

    /// One reset of each kind in eight requests, with batches of three on average: a tenth is asked for,
    /// and chance must not make less of it.
    const fn draw_harsh(lot: u32) -> Self {
        match lot {
            0..365 => Self::ResetWithin,
            365..740 => Self::ResetInAnswer,
            740..760 => Self::Close,
            760..770 => Self::HalfClose,
            770..780 => Self::CutShort,
            780..790 => Self::ResetAtAnswer,
            790..800 => Self::Leave,
            800..810 => Self::Malformed,
            810..820 => Self::Destroyed,
            _ => Self::Stay,
        }
    }

    /// Whether nothing else may be under way on the connection when Node meets it.
    pub(super) const fn is_alone(self) -> bool {
        matches!(self, Self::CutShort | Self::Malformed | Self::Destroyed)
    }
}
