import Trading

extension EventTime {
    /// India's wall clock: `10:05:00.123`.
    var shown: String {
        let milliseconds = timeOfDay.milliseconds
        let parts = [
            milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1_000 % 60,
        ]
        return parts.map { Self.padded($0, to: 2) }.joined(separator: ":")
            + "." + Self.padded(milliseconds % 1_000, to: 3)
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// How this time lies to `now`: `in 1.2 s`, `overdue 0.4 s`.
    func due(at now: EventTime) -> String {
        self > now ? "in \((self - now).shown)" : "overdue \((now - self).shown)"
    }
}

extension Span {
    /// `1.2 s` up to two minutes, then `5 min`, then `3 h`.
    var shown: String {
        switch milliseconds {
        case ..<120_000: "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        case ..<7_200_000: "\(milliseconds / 60_000) min"
        default: "\(milliseconds / 3_600_000) h"
        }
    }
}

extension Fields {
    subscript(field: Field) -> String? { self[field.rawValue] }

    /// A time as a person reads it; other text as it stands.
    func time(_ field: Field) -> String? {
        self[field].map { EventTime(text: $0)?.shown ?? $0 }
    }

    /// The same fields with others in front of them, for JSON.
    func after(_ first: Fields) -> Fields {
        Fields(first.pairs + pairs.filter { first[$0.name] == nil })
    }

    /// `name=value` for people, without the fields that they see elsewhere.
    func shown(without hidden: Set<String>) -> String {
        pairs.filter { !hidden.contains($0.name) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }
}
