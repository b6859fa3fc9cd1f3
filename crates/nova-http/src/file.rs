//! Files as content: a part of an open file, read while it is sent.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A part of a file that is to be sent. The descriptor is shared: many answers may send the same
/// open file at once, since nothing moves its position.
///
/// ```
/// use std::fs::File;
/// use std::sync::Arc;
///
/// use nova_http::testing::App;
/// use nova_http::{Answered, FileContent, Request, Response, Status};
///
/// # fn main() -> std::io::Result<()> {
/// let file = Arc::new(File::open("Cargo.toml")?); // Open once, for all answers.
/// assert_eq!(FileContent::part(file.clone(), 2..5).left(), 3);
///
/// let app = App::new(move |_: &Request<'_>, response: Response<'_>| -> Answered {
///     match FileContent::whole(file.clone()) {
///         Ok(content) => response.send_file(content),
///         Err(_) => response.status(Status::INTERNAL_SERVER_ERROR).send(b""),
///     }
/// });
/// assert!(app.get("/").send().text().starts_with("[package]"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileContent {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl FileContent {
    /// All of `file`, as long as it is now.
    ///
    /// # Errors
    /// What the system says of its length.
    pub fn whole(file: impl Into<Arc<File>>) -> io::Result<Self> {
        let file = file.into();
        let end = file.metadata()?.len();
        Ok(Self { file, at: 0, end })
    }

    /// The octets of `range`. A file that turns out to be shorter is a promise that is not kept: the
    /// client sees a reset.
    pub fn part(file: impl Into<Arc<File>>, range: Range<u64>) -> Self {
        Self { file: file.into(), at: range.start, end: range.end.max(range.start) }
    }

    /// Octets that are left to send.
    pub fn left(&self) -> u64 {
        self.end - self.at
    }

    /// Reads the next octets, behind what `out` holds, and at most `room`.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::UnexpectedEof`] if the file ends too early.
    pub(crate) fn read(&mut self, room: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        let start = out.len();
        let wanted = usize::try_from(self.left()).unwrap_or(usize::MAX).min(room);
        out.resize(start + wanted, 0);
        let mut done = 0;
        while done < wanted {
            match read_at(&self.file, &mut out[start + done..], self.at) {
                Ok(0) => {
                    out.truncate(start + done);
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(n) => {
                    done += n;
                    self.at += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    out.truncate(start + done);
                    return Err(error);
                }
            }
        }
        Ok(wanted)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
