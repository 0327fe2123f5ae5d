package import MessageBus
package import Trading

/// An entry that says only: look at your due times. A replay's feed writes it when it moves the
/// clock to one.
package enum Wake {
    private static let kind = "wake"

    package static func fields(at time: EventTime) -> Fields {
        var fields = Fields()
        fields.put(.kind, kind)
        fields.put(.at, time)
        return fields
    }

    package static func matches(_ fields: Fields) -> Bool {
        fields[Field.kind.rawValue] == kind
    }
}

extension Delivery {
    package var isWake: Bool { fields.map(Wake.matches) ?? false }
}
