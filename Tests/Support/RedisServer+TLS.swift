import Foundation

extension RedisServer {
    /// How the server shows itself on its TLS port.
    package struct TLS: Sendable {
        package var certificate: Certificates.Server
        /// Nobody connects without a certificate by the same authority.
        package var demandsCertificate: Bool

        package init(
            _ certificate: Certificates.Server = .good, demandsCertificate: Bool = false
        ) {
            self.certificate = certificate
            self.demandsCertificate = demandsCertificate
        }
    }

    /// The authority that signs what the server shows, unless it shows something else.
    package var authorityFile: String { "\(directory)/authority.pem" }

    /// Writes a file with mode 600 and returns its path.
    package func write(_ name: String, _ text: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    /// Exchanges the certificate; the server reads it when it starts.
    package func show(_ certificate: Certificates.Server) throws {
        let pair = try Certificates.shared()[certificate]
        _ = try write("server.pem", pair.certificate)
        _ = try write("server.key", pair.key)
    }

    func configuration(of tls: TLS, port: Int) throws -> [String] {
        _ = try write("authority.pem", Certificates.shared().authority)
        try show(tls.certificate)
        return [
            "tls-port \(port)", "tls-cert-file \(directory)/server.pem",
            "tls-key-file \(directory)/server.key", "tls-ca-cert-file \(authorityFile)",
            "tls-auth-clients \(tls.demandsCertificate ? "yes" : "no")",
        ]
    }
}

/// How a test's connection reaches its server: what holds for one holds for the other.
package enum Wire: String, CaseIterable, Sendable {
    case plain, tls

    /// The server's options with what this way needs.
    package func options(_ options: RedisServer.Options = .init()) -> RedisServer.Options {
        var options = options
        if self == .tls { options.tls = .init() }
        return options
    }
}
