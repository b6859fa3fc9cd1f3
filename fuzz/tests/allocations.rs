//! Inputs cost no allocation, or there would not be many of them.

use fuzz::generate::{Corpus, Diet, Generator};
use nova_test_support::{CountingAllocator, allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Once the buffer has its size, an input is made without an allocation, whatever it is.
#[test]
fn an_input_is_made_without_an_allocation() {
    let corpus = Corpus::of_the_cases().expect("the cases are readable");
    let mut generator = Generator::new(corpus);
    let mut make = |inputs: u64| {
        for diet in Diet::ALL {
            (0..inputs).for_each(|index| assert!(generator.input(diet, 5, index).len() < 10_000));
        }
    };
    make(2_000);
    let before = allocations();
    make(2_000);
    assert_eq!(allocations() - before, 0);
}
