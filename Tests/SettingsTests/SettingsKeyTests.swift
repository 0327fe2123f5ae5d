import Testing

@testable import Settings

/// Every key of the table, each with values that are wrong in every way it can be.
@Suite("Table of settings")
struct SettingsKeyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let key: SettingsKey
        let what: String
        let value: String
        /// What follows the key's path: the element of a list.
        let place: String
        let message: String

        var testDescription: String { "\(key.path)\(place), \(what): \(value)" }
    }

    @Test("A wrong value is named by file, key and line", arguments: wrongValues)
    func wrong(_ item: Case) throws {
        let sample = SampleText(item.key)
        let problems = sample.problems(item.value)
        let problem = try #require(problems.first)
        #expect(problems.count == 1)
        #expect(problem.file == "sample.yaml")
        #expect(problem.line == sample.line)
        #expect(problem.key == sample.path + item.place)
        #expect(problem.message.contains(item.message))
    }

    @Test("Bounds are inside", arguments: rightValues)
    func right(_ item: Case) {
        #expect(SampleText(item.key).problems(item.value).isEmpty)
    }

    @Test("Every ordered type has values on both sides of its bounds") func coverage() {
        for what in ["wrong type", "below", "above"] {
            let keys = Set(Self.wrongValues.filter { $0.what == what }.map(\.key.path))
            let expected = SettingsKey.all.filter {
                what == "wrong type" || !$0.boundsText.isEmpty && $0.boundsText.contains(" to ")
            }
            #expect(keys == Set(expected.map(\.path)))
        }
    }

    @Test("A key in the place of another kind of key", arguments: SettingsKey.all)
    func mapping(key: SettingsKey) {
        let sample = SampleText(key)
        #expect(sample.problems("{ some: thing }").map(\.key) == [sample.path])
    }

    @Test("off is a value exactly where the table says so", arguments: SettingsKey.all)
    func off(key: SettingsKey) {
        guard case .one(let scalar) = key.shape else { return }
        // Names and paths may be called anything that is text.
        let isText = [.name, .text].contains(scalar.type) && scalar.choices.isEmpty
        for word in ["off", "null", "~"] where !isText {
            #expect(SampleText(key).problems(word).isEmpty == key.canBeOff)
        }
        #expect(!SampleText(key).problems("").isEmpty)
    }

    @Test func `paths are unique, and each has a doc of one line`() {
        #expect(Set(SettingsKey.all.map(\.path)).count == SettingsKey.all.count)
        #expect(SettingsKey.all.allSatisfy { !$0.doc.isEmpty && !$0.doc.contains("\n") })
    }
}

extension SettingsKeyTests {
    static let wrongValues = SettingsKey.all.flatMap { key in
        forms(of: key).flatMap { form -> [Case] in
            let message = "expected \(form.scalar.expectation)"
            let wrong = Case(
                key: key, what: "wrong type", value: form.wrap(wrongText(form.scalar.type)),
                place: form.place, message: message)
            guard let bounds = form.scalar.bounds else { return [wrong] }
            let type = form.scalar.type
            let step = type == .time ? 1_000 : 1
            let below = text(type, bounds.lowerBound - step)
            let above = text(type, bounds.upperBound + step)
            return [
                wrong,
                Case(
                    key: key, what: "below", value: form.wrap(below), place: form.place,
                    message: type == .span && bounds.lowerBound == 0 ? "expected" : "below"),
                Case(
                    key: key, what: "above", value: form.wrap(above), place: form.place,
                    message: "above the most"),
            ]
        }
    }

    static let rightValues = SettingsKey.all.flatMap { key in
        forms(of: key).flatMap { form -> [Case] in
            guard let bounds = form.scalar.bounds else { return [] }
            return [("least", bounds.lowerBound), ("most", bounds.upperBound)].map { what, bound in
                Case(
                    key: key, what: what, value: form.wrap(text(form.scalar.type, bound)),
                    place: "", message: "")
            }
        }
    }

    private struct Form {
        let scalar: SettingShape.Scalar
        let place: String
        let before: String
        let after: String

        func wrap(_ text: String) -> String { before + text + after }
    }

    /// Where values stand in a key's text, each other one right.
    private static func forms(of key: SettingsKey) -> [Form] {
        switch key.shape {
        case .one(let scalar):
            return [Form(scalar: scalar, place: "", before: "", after: "")]
        case .list(let scalar, _):
            return [Form(scalar: scalar, place: "[0]", before: "[", after: "]")]
        case .records(let fields, _):
            return fields.map { field in
                let others = fields.filter { $0.name != field.name }.map { "\($0.name): 1, " }
                return Form(
                    scalar: field.scalar, place: "[0].\(field.name)",
                    before: "[{ \(others.joined())\(field.name): ", after: " }]")
            }
        }
    }

    private static func text(_ type: SettingType, _ ordinal: Int) -> String {
        type.text(of: ordinal)
    }

    private static func wrongText(_ type: SettingType) -> String {
        switch type {
        case .integer: "1.5"
        case .boolean: "yes"
        case .rupees, .price, .percent, .multiplier: "1e3"
        case .time: "25:00"
        case .span: "180"
        case .name: "a name"
        case .text: "[]"
        case .url: "http://localhost"
        case .web, .socket: "http://broker.example"
        case .file: "alpha.token"
        case .egress: "host!broker.example"
        }
    }
}
