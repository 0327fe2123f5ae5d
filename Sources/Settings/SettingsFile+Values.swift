/// Reading one key's value.
extension SettingsFile {
    /// The value's text when it is right; else nil, with the problem reported.
    mutating func read(
        _ value: Written, as shape: SettingShape, key: String, line: Int
    ) -> SettingText? {
        switch (shape, value) {
        case (.one(let scalar), .scalar(let text, let isPlain)):
            return check(text, isPlain, scalar, key: key, line: line).map(SettingText.one)
        case (.list(let scalar, let count), .list(let elements)):
            return readList(elements, scalar, count, key: key, line: line)
        case (.records(let fields, let count), .list(let elements)):
            return readRecords(elements, fields, count, key: key, line: line)
        default:
            report("expected \(shape.expectation)", at: key, line: line)
            return nil
        }
    }

    private mutating func check(
        _ text: String, _ isPlain: Bool, _ scalar: SettingShape.Scalar, key: String, line: Int
    ) -> String? {
        guard let problem = scalar.problem(text, isPlain: isPlain) else { return text }
        report(problem, at: key, line: line)
        return nil
    }

    private mutating func readList(
        _ elements: [WrittenElement], _ scalar: SettingShape.Scalar,
        _ count: ClosedRange<Int>, key: String, line: Int
    ) -> SettingText? {
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            let place = "\(key)[\(index)]"
            lines[place] = element.line
            guard case .scalar(let text, let isPlain) = element.value else {
                report("expected \(scalar.expectation)", at: place, line: element.line)
                continue
            }
            if let text = check(text, isPlain, scalar, key: place, line: element.line) {
                texts.append(text)
            }
        }
        let problem =
            SettingShape.countProblem(elements.count, count) ?? SettingShape.repetition(texts)
        if let problem { report(problem, at: key, line: line) }
        return problem == nil && texts.count == elements.count ? .list(texts) : nil
    }

    private mutating func readRecords(
        _ elements: [WrittenElement], _ fields: [SettingShape.Field],
        _ count: ClosedRange<Int>, key: String, line: Int
    ) -> SettingText? {
        var records: [String] = []
        for (index, element) in elements.enumerated() {
            let place = "\(key)[\(index)]"
            lines[place] = element.line
            guard case .mapping(let pairs) = element.value else {
                let names = fields.map(\.name).joined(separator: ", ")
                report("expected {\(names)}", at: place, line: element.line)
                continue
            }
            let texts = readRecord(pairs, fields, key: place, line: element.line)
            if texts.count == fields.count {
                records.append(texts.joined(separator: String(SettingShape.fieldSeparator)))
            }
        }
        let problem = SettingShape.countProblem(elements.count, count)
        if let problem { report(problem, at: key, line: line) }
        return problem == nil && records.count == elements.count ? .list(records) : nil
    }

    /// The texts of the fields that are right, in the order of `fields`.
    private mutating func readRecord(
        _ pairs: [WrittenPair], _ fields: [SettingShape.Field], key: String, line: Int
    ) -> [String] {
        for pair in pairs where !fields.contains(where: { $0.name == pair.key }) {
            let suggestion = Suggestion.text(for: pair.key, among: fields.map(\.name))
            report("unknown key\(suggestion)", at: "\(key).\(pair.key)", line: pair.line)
        }
        for pair in pairs {
            guard let first = pair.repeats else { continue }
            report(
                "duplicate key, first on line \(first)", at: "\(key).\(pair.key)", line: pair.line)
        }
        return fields.compactMap { field in
            guard let pair = pairs.first(where: { $0.key == field.name }) else {
                report("missing", at: "\(key).\(field.name)", line: line)
                return nil
            }
            guard case .scalar(let text, let isPlain) = pair.value else {
                report(
                    "expected \(field.scalar.expectation)", at: "\(key).\(field.name)",
                    line: pair.line)
                return nil
            }
            return check(
                text, isPlain, field.scalar, key: "\(key).\(field.name)", line: pair.line)
        }
    }
}
