/// Why a simulator does not start, or can't go on.
package enum SimulatorError: Error, Sendable, CustomStringConvertible {
    case ledger(String, String)
    case port(Int, String)
    case certificate(String)

    package var description: String {
        switch self {
        case .ledger(let path, let why): "\(path): \(why)"
        case .port(let port, let why): "can't listen on port \(port): \(why)"
        case .certificate(let why): "the certificate or its key can't be used: \(why)"
        }
    }
}
