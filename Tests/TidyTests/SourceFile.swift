import Foundation

/// A Swift file as the rules see it.
struct SourceFile: Sendable {
    /// From the project's root: `Sources/Trading/Values/Money.swift`.
    let path: String
    let lines: [String]
    /// The same lines without comments and without what stands in string literals.
    let code: [String]
    /// What stands in comments and string literals is blanked; here, only comments are.
    let codeAndStrings: [String]

    /// `Sources/Trading/…` → `Trading`.
    var module: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let blanked = Blanking.of(text)
        code = blanked.code.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        codeAndStrings = blanked.codeAndStrings
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// All of Sources, read once.
    static func sources() throws -> [SourceFile] { try read.get() }

    private static let read = Result { try all(in: "Sources") }

    private static func all(in folder: String) throws -> [SourceFile] {
        try paths(in: folder).filter { $0.hasSuffix(".swift") }.map { path in
            let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            return SourceFile(path: path, text: text)
        }
    }

    static func paths(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            .map { "\(folder)/\($0)" }.sorted()
    }
}

/// Blanks comments and string literals, and keeps the lines. Not a parser: what stands inside
/// `\(…)` counts as part of the literal.
enum Blanking {
    private enum State {
        case code, line
        case block(Int)
        /// The number of quotes that end it, and how deep in `\(`.
        case string(quotes: Int, depth: Int)
    }

    static func of(_ text: String) -> (code: String, codeAndStrings: String) {
        let bytes = Array(text.utf8)
        let newline = UInt8(ascii: "\n")
        var state = State.code
        var code: [UInt8] = []
        var both: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let (next, length, isString) = step(bytes, at: index, state)
            let isComment =
                switch (state, next) {
                case (.line, _), (.block, _), (_, .line), (_, .block): true
                default: false
                }
            for byte in bytes[index..<min(index + length, bytes.count)] {
                let blank = byte == newline ? newline : UInt8(ascii: " ")
                code.append(isComment || isString ? blank : byte)
                both.append(isComment ? blank : byte)
            }
            index += length
            state = next
        }
        return (String(decoding: code, as: UTF8.self), String(decoding: both, as: UTF8.self))
    }

    private static func step(
        _ text: [UInt8], at index: Int, _ state: State
    ) -> (State, length: Int, isString: Bool) {
        func has(_ word: StaticString) -> Bool {
            guard index + word.utf8CodeUnitCount <= text.count else { return false }
            for offset in 0..<word.utf8CodeUnitCount
            where word.utf8Start[offset] != text[index + offset] { return false }
            return true
        }
        switch state {
        case .code:
            if has("//") { return (.line, 2, false) }
            if has("/*") { return (.block(1), 2, false) }
            if has("\"\"\"") { return (.string(quotes: 3, depth: 0), 3, true) }
            if has("\"") { return (.string(quotes: 1, depth: 0), 1, true) }
            return (.code, 1, false)
        case .line: return (has("\n") ? .code : .line, 1, false)
        case .block(let depth):
            if has("/*") { return (.block(depth + 1), 2, false) }
            if has("*/") { return (depth == 1 ? .code : .block(depth - 1), 2, false) }
            return (state, 1, false)
        case .string(let quotes, let depth):
            if depth > 0 {
                let change = has("(") ? 1 : has(")") ? -1 : 0
                return (.string(quotes: quotes, depth: depth + change), 1, true)
            }
            if has("\\(") { return (.string(quotes: quotes, depth: 1), 2, true) }
            if has("\\") { return (state, 2, true) }
            return (quotes == 1 ? has("\"") : has("\"\"\""))
                ? (.code, quotes, true) : (state, 1, true)
        }
    }
}
