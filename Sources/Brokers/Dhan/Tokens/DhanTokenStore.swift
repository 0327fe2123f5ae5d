import Secrets
import Trading

/// The minted token of an account in a file, for all its processes; and the lock that lets one
/// of them mint at a time.
///
/// Three lines: the token, when it ends, when it was asked for. The first alone is a token too,
/// which is what a person puts there.
struct DhanTokenStore: Sendable {
    struct Entry: Equatable, Sendable {
        /// Nil after an attempt that brought none.
        var token: DhanToken?
        var endsAt: EventTime?
        var askedAt: EventTime?
    }

    let path: String

    /// An empty entry where there is no file yet.
    func load() throws(SecretFileError) -> Entry {
        let bytes: [UInt8]
        do throws(SecretFileError) {
            bytes = try SecretFile.read(path, atMost: DhanFileToken.longest)
        } catch {
            if case .unreadable = error, !SecretFile.exists(path) { return Entry() }
            throw error
        }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func time(_ index: Int) -> EventTime? {
            index < lines.count ? EventTime(text: lines[index]) : nil
        }
        return Entry(token: DhanToken(text: bytes), endsAt: time(1), askedAt: time(2))
    }

    func save(_ entry: Entry) throws(SecretFileError) {
        let lines = [
            entry.token?.secret ?? "", entry.endsAt?.text ?? "", entry.askedAt?.text ?? "",
        ]
        try SecretFile.write(Array(lines.joined(separator: "\n").utf8), to: path)
    }

    var lockPath: String { path + ".lock" }

    func lock() throws(SecretFileError) -> FileLock? { try FileLock.take(lockPath) }
}
