/// The name that was probably meant.
enum Suggestion {
    /// `"; did you mean 'capital'?"`, or nothing when no candidate is near.
    static func text(for name: String, among candidates: some Sequence<String>) -> String {
        let nearest = candidates.map { (distance(name, $0), $0) }.min { $0 < $1 }
        guard let (distance, candidate) = nearest, distance <= max(1, name.count / 3) else {
            return ""
        }
        return "; did you mean '\(candidate)'?"
    }

    /// Levenshtein's distance: insertions, deletions and replacements from one to the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
