/// One row of the table of settings.
package struct SettingsKey: Sendable, CustomStringConvertible {
    /// With `*` where a name stands: `accounts.*.capital`.
    package let path: String
    /// The path's parts.
    let components: [String]
    package let shape: SettingShape
    package let unit: String
    /// As it would be written; nil for a key that must be given.
    package let defaultText: SettingText?
    /// One line for a person.
    package let doc: String
    /// Puts a checked text into the draft, under the name that stands for `*`.
    let apply: @Sendable (SettingText, String, inout SettingsDraft) -> Void

    /// Every setting there is. What is not in this table is an error in a file.
    package static let all: [SettingsKey] =
        generalKeys + retentionKeys + backpressureKeys + accountKeys + strategyKeys + entryKeys
        + riskKeys + exitKeys
        + gatewayKeys + reconcilerKeys + dhanKeys + paperKeys

    /// The sections whose entries have names of the user's choice.
    package static let namedSections = [
        "entry_profiles", "risk_profiles", "strategies", "accounts",
    ]

    package var description: String { path }

    func path(for name: String) -> [String] { components.map { $0 == "*" ? name : $0 } }
}

extension SettingsKey {
    /// `percent`, `list of percent`, `list of {profit, stop}`.
    package var typeText: String {
        switch shape {
        case .one(let scalar): scalar.type.rawValue
        case .list(let scalar, _): "list of \(scalar.type.rawValue)"
        case .records(let fields, _):
            "list of {\(fields.map(\.name).joined(separator: ", "))}"
        }
    }

    /// `0 to 100`, or `paper` for a choice; empty without bounds.
    package var boundsText: String {
        switch shape {
        case .one(let scalar), .list(let scalar, _): scalar.boundsText
        case .records(let fields, _):
            fields.map { "\($0.name) \($0.scalar.boundsText)" }.joined(separator: ", ")
        }
    }

    /// Whether `off` is a value.
    package var canBeOff: Bool {
        guard case .one(let scalar) = shape else { return false }
        return scalar.canBeOff
    }
}

/// A group of keys that belong to one record of the draft.
struct SettingsSection<Record: Sendable>: Sendable {
    /// Ends with `.`.
    let prefix: String
    /// Its values are the defaults.
    let sample: Record
    let update: @Sendable (inout SettingsDraft, String, (inout Record) -> Void) -> Void

    init(_ name: String, _ record: any WritableKeyPath<SettingsDraft, Record> & Sendable) {
        prefix = name.isEmpty ? "" : name + "."
        sample = SettingsDraft()[keyPath: record]
        update = { draft, _, change in change(&draft[keyPath: record]) }
    }

    init(
        named name: String,
        _ records: any WritableKeyPath<SettingsDraft, [String: Record]> & Sendable, sample: Record
    ) {
        prefix = name + ".*."
        self.sample = sample
        update = { draft, name, change in
            change(&draft[keyPath: records][name, default: sample])
        }
    }
}
