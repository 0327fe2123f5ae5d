import Trading

/// Who did what when, a line each. Written only where somebody will read it: a seed that fails is
/// run again with it.
final class Story {
    private(set) var lines: [String] = []
    private let isTold: Bool
    var now = EventTime(milliseconds: 0)
    var step = 0

    init(isTold: Bool) { self.isTold = isTold }

    func tell(_ who: String, _ what: @autoclosure () -> String) {
        guard isTold else { return }
        let time = now.timeOfDay.milliseconds
        let seconds = Self.digits(time / 1_000 % 60, 2)
        let clock =
            "\(Self.digits(time / 3_600_000, 2)):\(Self.digits(time / 60_000 % 60, 2)):\(seconds)"
            + ".\(Self.digits(time % 1_000, 3))"
        lines.append("\(Self.digits(step, 4)) \(clock) \(who): \(what())")
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
