/// A value that is one whole number of its own unit.
///
/// Its comparisons are spelled out, because `Comparable`'s defaults are called through a table
/// from every other module, and a risk manager compares thirty times a look.
package protocol WholeNumber: Comparable {
    var number: Int { get }
}

extension WholeNumber {
    @inlinable package static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }
    @inlinable package static func > (left: Self, right: Self) -> Bool {
        left.number > right.number
    }
    @inlinable package static func <= (left: Self, right: Self) -> Bool {
        left.number <= right.number
    }
    @inlinable package static func >= (left: Self, right: Self) -> Bool {
        left.number >= right.number
    }
}
