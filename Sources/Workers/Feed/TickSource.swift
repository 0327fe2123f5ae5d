/// Where a replay's ticks come from: a recording or a generator, in order of time.
package protocol TickSource: AnyObject {
    /// Nil at the end.
    func next() throws(FileError) -> TickFile.Row?
}

/// A recording as a source.
package final class RecordedTicks: TickSource {
    private var file: TickFile

    package init(path: String) throws(TickFileError) { file = try TickFile.open(path) }

    package func next() throws(FileError) -> TickFile.Row? { try file.next() }
}
