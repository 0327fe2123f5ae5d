/// How much of a request has been handed to the socket.
///
/// libcurl tells of what it has written after the write. With TLS, part of a record may have left
/// before: nobody can read that.
struct Outgoing {
    private var written = 0
    /// How much of the empty line that ends the headers has passed.
    private var matched = 0
    private var missing: Int

    private static let end = Array("\r\n\r\n".utf8)

    init(body: Int) { missing = body }

    var hasBegun: Bool { written > 0 }
    var isComplete: Bool { matched == Self.end.count && missing <= 0 }

    /// Headers first, the body after them, in pieces of any size.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        written += bytes.count
        var rest = bytes[...]
        while matched < Self.end.count, let byte = rest.popFirst() {
            matched = byte == Self.end[matched] ? matched + 1 : byte == Self.end[0] ? 1 : 0
        }
        missing -= rest.count
    }
}
