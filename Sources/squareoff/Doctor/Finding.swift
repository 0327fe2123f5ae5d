import Trading

/// What one check of the doctor has come to.
struct Finding: Sendable, Hashable {
    enum Level: String, Sendable {
        case ok, warning, wrong
    }

    var check: String
    var level: Level
    var found: String
    /// What to do about it; nil where nothing is to be done.
    var advice: String?

    static func ok(_ check: String, _ found: String) -> Finding {
        Finding(check: check, level: .ok, found: found)
    }
    static func warning(_ check: String, _ found: String, _ advice: String) -> Finding {
        Finding(check: check, level: .warning, found: found, advice: advice)
    }
    static func wrong(_ check: String, _ found: String, _ advice: String) -> Finding {
        Finding(check: check, level: .wrong, found: found, advice: advice)
    }
}

extension [Finding] {
    var sheet: Sheet {
        var sheet = Sheet(
            [.left("check"), .left("state"), .left("found"), .left("what to do")],
            nothing: "Nothing was checked.")
        for finding in self {
            var record: Fields = [
                "check": finding.check, "state": finding.level.rawValue, "found": finding.found,
            ]
            record["advice"] = finding.advice
            sheet.add(
                [finding.check, finding.level.rawValue, finding.found, finding.advice], record)
        }
        return sheet
    }
}
