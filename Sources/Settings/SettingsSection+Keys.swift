/// The rows' makers, by what the key path leads to.
extension SettingsSection {
    typealias Path<Value> = any WritableKeyPath<Record, Value> & Sendable

    func key<Value: OrderedSetting>(
        _ name: String, _ path: Path<Value>, _ bounds: ClosedRange<Value>, unit: String? = nil,
        isRequired: Bool = false, _ doc: String
    ) -> SettingsKey {
        let scalar = SettingShape.Scalar(type: Value.type, bounds: bounds.ordinals)
        let text = isRequired ? nil : SettingText.one(sample[keyPath: path].setting)
        return row(name, .one(scalar), unit, text, doc) { text, record in
            guard case .one(let text) = text, let value = Value(setting: text) else { return }
            record[keyPath: path] = value
        }
    }

    /// A limit or rule that `off` switches off.
    func key<Value: OrderedSetting>(
        _ name: String, _ path: Path<Value?>, _ bounds: ClosedRange<Value>, unit: String? = nil,
        _ doc: String
    ) -> SettingsKey {
        let scalar = SettingShape.Scalar(
            type: Value.type, bounds: bounds.ordinals, canBeOff: true)
        let text = sample[keyPath: path]?.setting ?? "off"
        return row(name, .one(scalar), unit, .one(text), doc) { text, record in
            guard case .one(let text) = text else { return }
            record[keyPath: path] = scalar.isOff(text) ? nil : Value(setting: text)
        }
    }

    /// Text, a name, a choice or a boolean.
    func key<Value: SettingValue>(
        _ name: String, _ path: Path<Value>, as type: SettingType? = nil, choices: [String] = [],
        _ doc: String
    ) -> SettingsKey {
        let scalar = SettingShape.Scalar(type: type ?? Value.type, choices: choices)
        let text = SettingText.one(sample[keyPath: path].setting)
        return row(name, .one(scalar), nil, text, doc) { text, record in
            guard case .one(let text) = text, let value = Value(setting: text) else { return }
            record[keyPath: path] = value
        }
    }

    /// Text that may be absent.
    func key<Value: SettingValue>(
        _ name: String, _ path: Path<Value?>, as type: SettingType? = nil, _ doc: String
    ) -> SettingsKey {
        let scalar = SettingShape.Scalar(type: type ?? Value.type, canBeOff: true)
        let text = SettingText.one(sample[keyPath: path]?.setting ?? "off")
        return row(name, .one(scalar), nil, text, doc) { text, record in
            guard case .one(let text) = text else { return }
            record[keyPath: path] = scalar.isOff(text) ? nil : Value(setting: text)
        }
    }

    func list<Value: SettingValue>(
        _ name: String, _ path: Path<[Value]>, count: ClosedRange<Int>,
        isRequired: Bool = false, bounds: ClosedRange<Int>? = nil, _ doc: String
    ) -> SettingsKey {
        let scalar = SettingShape.Scalar(type: Value.type, bounds: bounds)
        let text = isRequired ? nil : SettingText.list(sample[keyPath: path].map(\.setting))
        return row(name, .list(scalar, count: count), nil, text, doc) { text, record in
            guard case .list(let texts) = text else { return }
            record[keyPath: path] = texts.compactMap { Value(setting: $0) }
        }
    }

    func list<Value: RecordSetting>(
        _ name: String, _ path: Path<[Value]>, count: ClosedRange<Int>, _ doc: String
    ) -> SettingsKey {
        let shape = SettingShape.records(Value.fields, count: count)
        let text = SettingText.list(sample[keyPath: path].map(\.joined))
        return row(name, shape, nil, text, doc) { text, record in
            guard case .list(let texts) = text else { return }
            record[keyPath: path] = texts.compactMap { Value(joined: $0) }
        }
    }

    private func row(
        _ name: String, _ shape: SettingShape, _ unit: String?, _ defaultText: SettingText?,
        _ doc: String, _ set: @escaping @Sendable (SettingText, inout Record) -> Void
    ) -> SettingsKey {
        let update = self.update
        let path = prefix + name
        return SettingsKey(
            path: path, components: path.split(separator: ".").map(String.init), shape: shape,
            unit: unit ?? shape.unit, defaultText: defaultText, doc: doc
        ) { text, name, draft in
            update(&draft, name) { set(text, &$0) }
        }
    }
}

/// An element of a list that has fields of its own.
protocol RecordSetting: Sendable {
    static var fields: [SettingShape.Field] { get }
    /// The fields' texts, in the order of `fields`.
    init?(texts: [String])
    var texts: [String] { get }
}

extension RecordSetting {
    init?(joined: String) {
        self.init(texts: joined.split(separator: SettingShape.fieldSeparator).map(String.init))
    }
    var joined: String { texts.joined(separator: String(SettingShape.fieldSeparator)) }
}

extension SettingShape {
    fileprivate var unit: String {
        switch self {
        case .one(let scalar), .list(let scalar, _): scalar.type.unit
        case .records(let fields, _):
            fields.map { "\($0.name) in \($0.scalar.type.unit)" }.joined(separator: ", ")
        }
    }
}

extension ClosedRange where Bound: OrderedSetting {
    var ordinals: ClosedRange<Int> { lowerBound.ordinal...upperBound.ordinal }
}
