import Trading

/// How one kind of value is written, and the whole number behind it that bounds compare.
package enum SettingType: String, Sendable, CaseIterable {
    case integer, boolean, rupees, price, percent, multiplier, time, span, name, text, url, web,
        socket, file, egress

    /// What an error asks for.
    package var expectation: String {
        switch self {
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .rupees: "an amount of rupees like 2500 or 2500.50"
        case .price: "a price in rupees like 524.30"
        case .percent: "a number of percent like 30 or 2.5"
        case .multiplier: "a number like 3.0"
        case .time: "a time like \"15:15\""
        case .span: "a span like 50ms, 180s, 20m or 7d"
        case .name: "a name of letters, digits, '_' and '-'"
        case .text: "text"
        case .url: "a URL like redis://127.0.0.1:6379/0, rediss://host or unix:///run/redis.sock"
        case .web: "a URL like https://host/path; http only for this machine itself"
        case .socket: "a URL like wss://host/path; ws only for this machine itself"
        case .file: "an absolute path like /etc/squareoff/alpha.token"
        case .egress:
            "an address like 203.0.113.7, or an interface like eth0 or if!eth0; a host's name is "
                + "not looked up"
        }
    }

    package var unit: String {
        switch self {
        case .rupees, .price: "rupees"
        case .percent: "percent"
        case .time: "time in India"
        case .span: "ms, s, m, d"
        case .integer, .boolean, .multiplier, .name, .text, .url, .web, .socket, .file, .egress: ""
        }
    }

    /// Whether values have an order, and so may have bounds.
    package var isOrdered: Bool {
        switch self {
        case .boolean, .name, .text, .url, .web, .socket, .file, .egress: false
        case .integer, .rupees, .price, .percent, .multiplier, .time, .span: true
        }
    }

    /// Whether a wrong text may hold a secret, and is not repeated in an error.
    package var mayHoldSecret: Bool {
        switch self {
        case .url, .web, .socket, .file: true
        case .integer, .boolean, .rupees, .price, .percent, .multiplier, .time, .span, .name, .text,
            .egress:
            false
        }
    }

    /// Paise, basis points, hundredths or milliseconds; nil when `text` is no such value. Text
    /// without a number behind it (names, URLs) is 0.
    package func ordinal(of text: String) -> Int? {
        switch self {
        case .integer: Decimal.parse(text, digits: 0)
        case .boolean: Bool(text).map { $0 ? 1 : 0 }
        case .rupees, .price, .percent, .multiplier: Decimal.parse(text, digits: 2)
        case .time: TimeOfDay(text: text)?.milliseconds
        case .span: Span(setting: text)?.milliseconds
        case .name: text.isSettingName ? 0 : nil
        case .text: text.isEmpty ? nil : 0
        case .url: ["redis://", "rediss://", "unix://"].contains(where: text.hasPrefix) ? 0 : nil
        case .web: text.isURL(secure: "https://", plain: "http://") ? 0 : nil
        case .socket: text.isURL(secure: "wss://", plain: "ws://") ? 0 : nil
        case .file: text.hasPrefix("/") ? 0 : nil
        case .egress: Egress(text: text) == nil ? nil : 0
        }
    }

    /// The shortest text of an ordered value or a boolean.
    package func text(of ordinal: Int) -> String {
        switch self {
        case .boolean: ordinal == 0 ? "false" : "true"
        case .rupees, .price, .percent: Decimal.format(ordinal, digits: 2).shortened(to: 0)
        case .multiplier: Decimal.format(ordinal, digits: 2).shortened(to: 1)
        case .time: TimeOfDay(milliseconds: ordinal).text
        case .span: Span(milliseconds: ordinal).setting
        case .integer, .name, .text, .url, .web, .socket, .file, .egress: String(ordinal)
        }
    }
}

extension String {
    /// Names become parts of Redis keys, signal ids and environment variables.
    fileprivate var isSettingName: Bool {
        (1...32).contains(utf8.count)
            && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    /// A token travels there, so it is encrypted, but for a test's server on this machine. Nothing
    /// behind a question mark: that is where tokens stand.
    fileprivate func isURL(secure: String, plain: String) -> Bool {
        guard !contains(where: { "?@ ".contains($0) }) else { return false }
        if hasPrefix(secure) { return utf8.count > secure.utf8.count }
        guard hasPrefix(plain) else { return false }
        let host = dropFirst(plain.count).prefix { $0 != ":" && $0 != "/" }
        return host == "127.0.0.1" || host == "localhost"
    }

    /// Without the zeros at the end, but for `digits` decimals.
    fileprivate func shortened(to digits: Int) -> String {
        let parts = split(separator: ".")
        guard parts.count == 2 else { return self }
        var decimals = parts[1]
        while decimals.count > digits, decimals.last == "0" { decimals.removeLast() }
        return decimals.isEmpty ? String(parts[0]) : "\(parts[0]).\(decimals)"
    }
}
