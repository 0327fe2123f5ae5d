import Glibc

/// A file with a secret in it: a regular one, and nobody's but its owner's.
package enum SecretFile {
    package static func read(_ path: String, atMost limit: Int) throws(SecretFileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, reason: systemError()) }
        defer { close(file) }
        // Asked of the open file: the path could name another one a moment later.
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "not a regular file")
        }
        let mode = status.st_mode & 0o7777
        guard mode & ~0o600 == 0 else { throw .openToOthers(path: path, mode: mode) }

        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path: path, reason: systemError()) }
        guard count <= limit else {
            throw .unreadable(path: path, reason: "longer than \(limit) bytes")
        }
        return Array(bytes.prefix(count))
    }
}

package enum SecretFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    case openToOthers(path: String, mode: UInt32)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason), .unwritable(let path, let reason):
            "\(path): \(reason)"
        case .openToOthers(let path, let mode):
            """
            \(path) has mode \(String(mode, radix: 8)); it must be 600 or stricter (chmod 600)
            """
        }
    }
}
