import CZlib
import Glibc

/// Why a file could not be read on. What was read before stands.
package enum FileError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable(file: String, String)
    /// Compressed data that ends or breaks in the middle.
    case damaged(file: String, afterLine: Int, String)

    package var description: String {
        switch self {
        case .unreadable(let file, let why): "\(file): \(why)"
        case .damaged(let file, let line, let why):
            "\(file): the file is damaged or cut off after line \(line): \(why)"
        }
    }
}

/// Lines of a file, gzipped or plain, or of standard input (`-`).
///
/// Sole owner of one `gzFile`, which reads plain text as it stands.
package struct LineReader: ~Copyable {
    private let file: gzFile
    package let name: String
    package private(set) var line = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0
    private var position = 0

    private init(owning file: gzFile, name: String) {
        self.file = file
        self.name = name
    }

    deinit { gzclose(file) }

    package static func open(_ path: String) throws(FileError) -> LineReader {
        guard let file = path == "-" ? gzdopen(dup(0), "rb") : gzopen(path, "rb") else {
            throw .unreadable(file: path, String(cString: strerror(errno)))
        }
        return LineReader(owning: file, name: path == "-" ? "standard input" : path)
    }

    /// The next line without its end; nil at the end of the file.
    package mutating func next() throws(FileError) -> String? {
        var bytes: [UInt8] = []
        while true {
            if position == filled, try !fill() {
                guard !bytes.isEmpty else { return nil }
                break
            }
            let chunk = buffer[position..<filled]
            guard let end = chunk.firstIndex(of: UInt8(ascii: "\n")) else {
                bytes += chunk
                position = filled
                continue
            }
            bytes += chunk[..<end]
            position = end + 1
            break
        }
        line += 1
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func fill() throws(FileError) -> Bool {
        let count = gzread(file, &buffer, UInt32(buffer.count))
        var code: Int32 = 0
        let text = gzerror(file, &code).map { String(cString: $0) } ?? ""
        // A cut-off file reads to its end without complaint; only the code tells. What was read
        // is handed out first.
        guard count > 0 || count == 0 && (code == Z_OK || code == Z_STREAM_END) else {
            throw .damaged(file: name, afterLine: line, text)
        }
        filled = Int(count)
        position = 0
        return count > 0
    }
}
