import Glibc

/// The name of a worker, which is also its consumer's name: under the same name a restarted
/// worker finds its own pending entries at once.
package struct WorkerName: Sendable, Hashable {
    package let text: String

    /// - Parameter given: a stable name of the process; without one, host and process id, under
    ///   which nothing is found again: the entries of the dead are then claimed by others.
    package init(stage: String, given: String?) {
        text = "\(given ?? Self.process):\(stage)"
    }

    private static let process: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        let length =
            gethostname(&buffer, buffer.count - 1) == 0
            ? buffer.firstIndex(of: 0) ?? 0 : 0
        let host = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(host.isEmpty ? "host" : host)-\(getpid())"
    }()
}
