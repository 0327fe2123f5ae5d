import Glibc

/// Stream sockets with a path for a name.
package enum UnixSocket {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package static func listen(at path: String) throws(Failure) -> Int32 {
        let listener = socket(AF_UNIX, kind, 0)
        guard withAddress(path, { bind(listener, $0, $1) }) == 0, Glibc.listen(listener, 64) == 0
        else { throw failure(listener, "listen", path) }
        return listener
    }

    package static func connect(to path: String) throws(Failure) -> Int32 {
        let client = socket(AF_UNIX, kind, 0)
        guard withAddress(path, { Glibc.connect(client, $0, $1) }) == 0 else {
            throw failure(client, "connect", path)
        }
        return client
    }

    private static func failure(_ socket: Int32, _ call: String, _ path: String) -> Failure {
        let reason = String(cString: strerror(errno))
        close(socket)
        return Failure(description: "\(call) \(path): \(reason)")
    }

    /// A child that inherited one would keep the connection open.
    private static let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }
}
