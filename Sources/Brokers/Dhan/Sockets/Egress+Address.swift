import NIOCore
import Trading

extension Egress {
    struct Missing: Error, CustomStringConvertible {
        let name: String
        var description: String { "no interface \(name) with an address on this machine" }
    }

    /// What a socket is bound to before it connects. Of an interface with several addresses the
    /// first one, of version 4 where it has one, as the broker's hosts have: a connection can be
    /// bound to one version only. Looked up for each connection; interfaces come and go.
    func localAddress() throws -> SocketAddress {
        switch self {
        case .address(let text): return try SocketAddress(ipAddress: text, port: 0)
        case .interface(let name):
            let addresses = try System.enumerateDevices().filter { $0.name == name }
                .compactMap(\.address)
            guard
                let address = addresses.first(where: { $0.protocol == .inet })
                    ?? addresses.first(where: { $0.protocol == .inet6 })
            else { throw Missing(name: name) }
            return address
        }
    }
}
