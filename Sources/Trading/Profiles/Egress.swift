/// The local address or interface that connections leave from, as the settings and curl name it:
/// `10.0.0.5`, `fd00::5`, `eth0`, `host!10.0.0.5`, `if!eth0`.
///
/// Not the name of a host, nor `ifhost!…`, which curl takes too: whoever answers for the name would
/// decide where orders come from.
package enum Egress: Sendable, Hashable {
    case address(String)
    case interface(String)
}

extension Egress: FieldValue {
    private static let addressMark = "host!"
    private static let interfaceMark = "if!"
    /// Of the kernel's, without its end.
    private static let longestName = 15

    package init?(text: String) {
        if text.hasPrefix(Self.addressMark) {
            self.init(address: String(text.dropFirst(Self.addressMark.count)))
        } else if text.hasPrefix(Self.interfaceMark) {
            self.init(interface: String(text.dropFirst(Self.interfaceMark.count)))
        } else if let address = Egress(address: text) {
            self = address
        } else {
            self.init(interface: text)
        }
    }

    /// Marked, so that nobody reads it as the other.
    package var text: String {
        switch self {
        case .address(let address): Self.addressMark + address
        case .interface(let name): Self.interfaceMark + name
        }
    }

    private init?(address: String) {
        guard address.isFourNumbers || address.isHexadecimalGroups else { return nil }
        self = .address(address)
    }

    private init?(interface name: String) {
        let isPlain = name.utf8.allSatisfy { (33...126).contains($0) }
        // An address of five numbers is a slip, not a name.
        let isNumber = name.utf8.allSatisfy { (46...57).contains($0) }
        guard (1...Self.longestName).contains(name.utf8.count), isPlain, !isNumber,
            !name.contains(where: { "/:!%".contains($0) })
        else { return nil }
        self = .interface(name)
    }
}

extension String {
    fileprivate var isFourNumbers: Bool {
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count)
                    && part.utf8.allSatisfy { (48...57).contains($0) } && (Int(part) ?? 256) < 256
            }
    }

    /// As far as a look tells; the system reads it when it connects.
    fileprivate var isHexadecimalGroups: Bool {
        filter { $0 == ":" }.count >= 2 && utf8.count <= 45
            && allSatisfy { $0 == ":" || $0 == "." || ($0.isASCII && $0.isHexDigit) }
    }
}
