import Foundation
import Testing

/// What `ops/redis/users` makes of `ops/redis/users.acl`, in a folder of a test's own.
struct RedisUsers {
    /// Of the user `default`, whom the tests themselves are; in the file he is off.
    static let password = "of-the-tests"

    let file: String
    private let folder: String

    init(in folder: Folder) throws {
        self.folder = "\(folder.path)/users"
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = root.appending(path: "ops/redis/users")
        process.arguments = [self.folder]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let text = try String(contentsOfFile: "\(self.folder)/users.acl", encoding: .utf8)
        try #require(text.contains("user default off\n"))
        file = try folder.write(
            "users.acl",
            text.replacing(
                "user default off\n", with: "user default on >\(Self.password) ~* &* +@all\n"))
    }

    func environment(of user: String) -> [String: String] {
        [
            "SQUAREOFF_REDIS_USER": user,
            "SQUAREOFF_REDIS_PASSWORD_FILE": "\(folder)/\(user).password",
        ]
    }
}
