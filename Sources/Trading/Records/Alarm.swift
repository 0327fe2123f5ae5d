/// How soon a person must look.
package enum Severity: String, FieldValue, CaseIterable {
    case notice, warning, critical
}

/// An entry of `alarms`: what a person must see.
package struct Alarm: Record {
    package var severity: Severity
    /// The stage that raised it.
    package var stage: String
    package var message: String
    package var account: AccountID?
    package var position: PositionID?
    package var trace: SignalID?
    package var at: EventTime

    package init(
        _ severity: Severity, stage: String, message: String, account: AccountID? = nil,
        position: PositionID? = nil, trace: SignalID? = nil, at: EventTime
    ) {
        self.severity = severity
        self.stage = stage
        self.message = message
        self.account = account
        self.position = position
        self.trace = trace
        self.at = at
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            try fields.get(.severity), stage: try fields.get(.stage),
            message: try fields.get(.message), account: try fields.find(.account),
            position: try fields.find(.position), trace: try fields.find(.trace),
            at: try fields.get(.at))
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.severity, severity)
        fields.put(.stage, stage)
        fields.put(.message, message)
        fields.put(.account, account)
        fields.put(.position, position)
        fields.put(.trace, trace)
        fields.put(.at, at)
        return fields
    }
}
