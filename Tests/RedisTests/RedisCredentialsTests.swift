import Foundation
import Secrets
import Testing

@testable import Redis

@Suite struct RedisCredentialsTests {
    static let user = RedisCredentials.userVariable
    static let password = RedisCredentials.passwordVariable
    static let file = RedisCredentials.passwordFileVariable

    @Test(
        arguments: [
            // environment, credentials
            ([:], nil),
            ([password: ""], nil),
            ([password: "hunter2"], RedisCredentials(password: "hunter2")),
            ([password: "hunter2", file: ""], RedisCredentials(password: "hunter2")),
            ([user: "bus", password: "p w"], RedisCredentials(user: "bus", password: "p w")),
        ] as [([String: String], RedisCredentials?)])
    func `reads the environment`(
        environment: [String: String], credentials: RedisCredentials?
    ) throws {
        #expect(try RedisCredentials.from(environment) == credentials)
    }

    @Test(arguments: [
        // file's content, password
        ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"),
        ("hun ter2\n\n", "hun ter2\n"),
    ])
    func `reads a file without its final newline`(content: String, password: String) throws {
        try withFile(content, mode: 0o600) { path in
            let environment = [Self.user: "bus", Self.file: path]
            let credentials = try RedisCredentials.from(environment)
            #expect(credentials == RedisCredentials(user: "bus", password: password))
        }
    }

    @Test(arguments: [UInt32(0o640), 0o604, 0o620, 0o602, 0o610, 0o700, 0o644, 0o777])
    func `refuses a file that others may touch`(mode: UInt32) throws {
        try withFile("hunter2", mode: mode) { path in
            let refusal = SecretFileError.openToOthers(path: path, mode: mode)
            #expect(throws: RedisCredentialsError.passwordFile(refusal)) {
                try RedisCredentials.from([Self.file: path])
            }
        }
    }

    @Test(arguments: [UInt32(0o600), 0o400])
    func `accepts a file that only its owner may touch`(mode: UInt32) throws {
        try withFile("hunter2", mode: mode) { path in
            let credentials = try RedisCredentials.from([Self.file: path])
            #expect(credentials?.password == "hunter2")
        }
    }

    @Test func `refuses what cannot be meant`() throws {
        #expect(throws: RedisCredentialsError.userWithoutPassword) {
            try RedisCredentials.from([Self.user: "bus"])
        }
        #expect(throws: RedisCredentialsError.twoPasswords) {
            try RedisCredentials.from([Self.password: "a", Self.file: "/b"])
        }
        #expect(
            throws: RedisCredentialsError.passwordFile(
                .unreadable(path: "/nowhere", reason: "No such file or directory"))
        ) { try RedisCredentials.from([Self.file: "/nowhere"]) }
        #expect(
            throws: RedisCredentialsError.passwordFile(
                .unreadable(path: "/", reason: "not a regular file"))
        ) { try RedisCredentials.from([Self.file: "/"]) }
        try withFile("\n", mode: 0o600) { path in
            #expect(throws: RedisCredentialsError.self) {
                try RedisCredentials.from([Self.file: path])
            }
        }
    }

    @Test func `shows itself to nobody`() {
        let credentials = RedisCredentials(user: "somebody", password: "hunter2")
        var shown = "\(credentials) \(String(reflecting: credentials))"
        dump(credentials, to: &shown)
        dump(RedisCommand("AUTH", "hunter2"), to: &shown)
        shown += "\(RedisCommand("AUTH", "hunter2")) \([Optional(credentials)])"
        #expect(!shown.contains("hunter2") && !shown.contains("somebody"))
    }

    private func withFile(_ content: String, mode: UInt32, _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try content.write(to: url, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: url) }
        try FileManager.default.setAttributes(
            [.posixPermissions: Int(mode)], ofItemAtPath: url.path)
        try body(url.path)
    }
}
