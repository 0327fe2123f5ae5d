import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The broker's ledger on disk: only ever appended to, a line of JSON for each event.
final class LedgerFile: Sendable {
    private let file: Int32

    init(path: String) throws(SimulatorError) {
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .ledger(path, String(cString: strerror(errno))) }
    }

    deinit { close(file) }

    /// Each line in one write: who reads meanwhile sees it whole or not at all.
    func append(_ line: String) throws(SimulatorError) {
        let bytes = Array("\(line)\n".utf8)
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard count == bytes.count else {
            throw .ledger("the ledger", String(cString: strerror(errno)))
        }
    }
}
