import Foundation

/// Certificates and keys in PEM, made by `openssl` once for all tests of a process and kept as
/// text: whoever needs them as files writes them into a folder of its own.
package struct Certificates: Sendable {
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    /// What a server can have to show.
    package enum Server: String, Sendable, CaseIterable {
        /// For `localhost` and 127.0.0.1, by the authority.
        case good
        /// For `localhost` alone.
        case name
        case elsewhere, expired
        case selfSigned = "self-signed"
        case byAnotherAuthority = "foreign"
    }

    private let pairs: [String: Pair]

    package var authority: String { self["authority"].certificate }
    package var otherAuthority: String { self["other"].certificate }
    package var client: Pair { self["client"] }
    package var foreignClient: Pair { self["foreign"] }
    /// The client's key, encrypted.
    package let encryptedKey: String

    package subscript(server: Server) -> Pair { self[server.rawValue] }
    private subscript(name: String) -> Pair { pairs[name] ?? Pair(certificate: "", key: "") }

    package static func shared() throws -> Certificates { try made.get() }
    private static let made = Result { try Certificates() }

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", Self.script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        let names = ["authority", "other", "client"] + Server.allCases.map(\.rawValue)
        pairs = try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, Pair(certificate: try text("\(name).pem"), key: try text("\(name).key")))
            })
        encryptedKey = try text("encrypted.key")
    }

    /// `make` NAME SUBJECT-ALTERNATIVES [AUTHORITY]; without an authority, it signs itself.
    private static let script = """
        new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        make() {
            openssl req -x509 $new -days 2 -keyout $1.key -out $1.pem -subj "/CN=$1" \
                -addext "subjectAltName=$2" -addext basicConstraints=critical,CA:${4:-FALSE} \
                ${3:+-CA $3.pem -CAkey $3.key}
        }
        make authority DNS:authority '' TRUE
        make other DNS:other '' TRUE
        make good DNS:localhost,IP:127.0.0.1 authority
        make name DNS:localhost authority
        make elsewhere DNS:redis.example,IP:192.0.2.1 authority
        make self-signed DNS:localhost,IP:127.0.0.1
        make foreign DNS:localhost,IP:127.0.0.1 other
        make client DNS:client authority
        openssl req $new -keyout expired.key -out expired.csr -subj /CN=expired \
            -addext subjectAltName=DNS:localhost,IP:127.0.0.1
        openssl x509 -req -in expired.csr -CA authority.pem -CAkey authority.key -days -1 \
            -copy_extensions copy -out expired.pem
        openssl ec -in client.key -aes128 -passout pass:hunter2 -out encrypted.key
        """
}
