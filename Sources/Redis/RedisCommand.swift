/// A command and its arguments, already in Redis' wire format.
///
/// Arguments are written once into one flat buffer as `$length\r\nbytes\r\n`, which is binary-safe
/// and costs no allocation per argument. hiredis' formatter wants an array of pointers and an
/// array of lengths instead, only to write the same bytes.
package struct RedisCommand: Sendable {
    private(set) var body: [UInt8] = []
    /// Words so far, the command's name included.
    package private(set) var count = 0

    /// `RedisCommand("XADD", key, "*", "price", 52430)`; an array adds each of its elements.
    package init<each Argument: RedisArgument>(_ arguments: repeat each Argument) {
        body.reserveCapacity(256)
        repeat (each arguments).append(to: &self)
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    package mutating func append(_ number: Int) { append(String(number)) }

    package mutating func append(_ texts: [String]) {
        for text in texts { append(text) }
    }

    /// One argument of any bytes.
    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// The words of another command behind this one's.
    package mutating func append(_ words: RedisCommand) {
        count += words.count
        body.append(contentsOf: words.body)
    }

    private mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        count += 1
        body.appendHeader(UInt8(ascii: "$"), bytes.count)
        body.append(contentsOf: bytes)
        body.appendLineEnd()
    }

    /// Writes the whole command, as the server reads it, behind what `output` holds.
    package func encode(into output: inout [UInt8]) {
        output.appendHeader(UInt8(ascii: "*"), count)
        output.append(contentsOf: body)
    }
}

/// What a command can be built from.
package protocol RedisArgument {
    func append(to command: inout RedisCommand)
}

extension String: RedisArgument {
    package func append(to command: inout RedisCommand) { command.append(self) }
}

extension Int: RedisArgument {
    package func append(to command: inout RedisCommand) { command.append(self) }
}

extension [String]: RedisArgument {
    package func append(to command: inout RedisCommand) { command.append(self) }
}

extension RedisCommand: CustomStringConvertible, CustomReflectable {
    /// Neither name nor arguments, because one of them may be a password.
    package var description: String { "command of \(count) words" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension [UInt8] {
    fileprivate mutating func appendHeader(_ kind: UInt8, _ length: Int) {
        append(kind)
        if length < 10 {
            append(UInt8(ascii: "0") + UInt8(length))
        } else if length < 100 {
            // Most of a batch's words, and making a text for each would cost as much as its bytes.
            append(UInt8(ascii: "0") + UInt8(length / 10))
            append(UInt8(ascii: "0") + UInt8(length % 10))
        } else {
            append(contentsOf: String(length).utf8)
        }
        appendLineEnd()
    }

    fileprivate mutating func appendLineEnd() {
        append(UInt8(ascii: "\r"))
        append(UInt8(ascii: "\n"))
    }
}
