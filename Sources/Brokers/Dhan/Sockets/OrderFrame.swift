/// A text frame of the order socket: one object or several without a separator, or no JSON at all.
package struct OrderFrame: Sendable, Hashable {
    package private(set) var alerts: [OrderAlert] = []
    /// Types that are not read here, for a log.
    package private(set) var others: [String] = []
    package private(set) var refusals: [OrderRefusal] = []
    /// The broker asks for fewer connections.
    package private(set) var isTooMany = false

    package init(_ bytes: [UInt8]) {
        let first = bytes.first { $0 > 0x20 }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            takeText(String(decoding: bytes, as: UTF8.self))
            return
        }
        // The documents' own sample repeats a key.
        var reader = JSONReader(bytes, takesRepeats: true)
        do throws(JSONError) {
            while let value = try reader.next() { take(value) }
        } catch {
            refusals.append(.text(error))
        }
    }

    private mutating func takeText(_ text: String) {
        if Self.asksForFewer(text) {
            isTooMany = true
        } else {
            others.append(String(text.prefix(40)))
        }
    }

    private mutating func take(_ value: JSON) {
        switch value {
        case .array(let values):
            for value in values { take(value) }
        case .object(let fields): take(LooseRecord(fields))
        default: refusals.append(.shape)
        }
    }

    private mutating func take(_ envelope: LooseRecord) {
        let type = envelope["Type"] ?? ""
        guard type.lowercased() == "order_alert" else {
            if envelope.texts.contains(where: Self.asksForFewer) { isTooMany = true }
            others.append(String(type.prefix(40)))
            return
        }
        guard let data = envelope.object("Data") else {
            refusals.append(.shape)
            return
        }
        do throws(OrderRefusal) {
            alerts.append(try OrderAlert(LooseRecord(data)))
        } catch {
            refusals.append(error)
        }
    }

    private static func asksForFewer(_ text: String) -> Bool {
        // As a word: an id may hold these digits too.
        text.split { !$0.isLetter && !$0.isNumber }.contains("429")
            || text.lowercased().contains("too many")
    }
}

/// What was not believed of an order frame.
package enum OrderRefusal: Error, Sendable, Hashable {
    /// No JSON from this byte on; what stood before was read.
    case text(JSONError)
    /// JSON, but no alert.
    case shape
    /// The alert's field, and what stood there.
    case field(String, String)
}
