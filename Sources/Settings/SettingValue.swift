package import Trading

/// A value that a setting can have: its type, and its text in a settings file.
package protocol SettingValue: Sendable {
    static var type: SettingType { get }
    init?(setting: String)
    var setting: String { get }
}

/// A value that stands for one whole number in the unit of its type.
package protocol OrderedSetting: SettingValue, Comparable {
    init(ordinal: Int)
    var ordinal: Int { get }
}

extension OrderedSetting {
    package init?(setting: String) {
        guard let ordinal = Self.type.ordinal(of: setting) else { return nil }
        self.init(ordinal: ordinal)
    }
    package var setting: String { Self.type.text(of: ordinal) }
}

extension Int: OrderedSetting {
    package static var type: SettingType { .integer }
    package init(ordinal: Int) { self = ordinal }
    package var ordinal: Int { self }
}

extension Money: OrderedSetting {
    package static var type: SettingType { .rupees }
    package init(ordinal: Int) { self.init(paise: ordinal) }
    package var ordinal: Int { paise }
}

extension Price: OrderedSetting {
    package static var type: SettingType { .price }
    package init(ordinal: Int) { self.init(paise: ordinal) }
    package var ordinal: Int { paise }
}

extension Percent: OrderedSetting {
    package static var type: SettingType { .percent }
    package init(ordinal: Int) { self.init(basisPoints: ordinal) }
    package var ordinal: Int { basisPoints }
}

extension TimeOfDay: OrderedSetting {
    package static var type: SettingType { .time }
    package init(ordinal: Int) { self.init(milliseconds: ordinal) }
    package var ordinal: Int { milliseconds }
}

extension Span: OrderedSetting {
    package static var type: SettingType { .span }
    package init(ordinal: Int) { self.init(milliseconds: ordinal) }
    package var ordinal: Int { milliseconds }

    private static let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("d", 86_400_000)]

    package init?(setting: String) {
        let digits = setting.prefix { $0.isASCII && $0.isNumber }
        let unit = setting.dropFirst(digits.count)
        guard let count = Int(digits),
            let (_, factor) = Self.units.first(where: { $0.0 == unit })
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Minutes from ten minutes on: `180s` reads more easily than `3m` beside other seconds.
    package var setting: String {
        let day = Span.days(1).milliseconds
        if milliseconds >= day, milliseconds % day == 0 { return "\(milliseconds / day)d" }
        if milliseconds >= 600_000, milliseconds % 60_000 == 0 {
            return "\(milliseconds / 60_000)m"
        }
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }
}

/// A factor in hundredths, written `3.0`.
package struct Multiplier: OrderedSetting {
    package static var type: SettingType { .multiplier }
    package let ordinal: Int
    package init(ordinal: Int) { self.ordinal = ordinal }
    package static func < (left: Multiplier, right: Multiplier) -> Bool {
        left.ordinal < right.ordinal
    }
}

extension Bool: SettingValue {
    package static var type: SettingType { .boolean }
    package init?(setting: String) { self.init(setting) }
    package var setting: String { self ? "true" : "false" }
}

extension String: SettingValue {
    package static var type: SettingType { .text }
    package init?(setting: String) { self = setting }
    package var setting: String { self }
}

extension IndexName: SettingValue {
    package static var type: SettingType { .name }
    package init?(setting: String) { self.init(text: setting) }
    package var setting: String { text }
}

extension StrategyID: SettingValue {
    package static var type: SettingType { .name }
    package init?(setting: String) { self.init(text: setting) }
    package var setting: String { text }
}

extension BrokerKind: SettingValue {
    package static var type: SettingType { .name }
    package init?(setting: String) { self.init(rawValue: setting) }
    package var setting: String { rawValue }
}
