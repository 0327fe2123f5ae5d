import Foundation
import Testing

/// One rule of style: what it finds in a file, and a sample that it must find something in, so
/// that a rule that has gone blind is seen.
struct Rule: Sendable, CustomTestStringConvertible {
    var name: String
    var sample: (path: String, text: String)
    /// Line and what is wrong with it.
    var problems: @Sendable (SourceFile) -> [(line: Int, problem: String)]

    var testDescription: String { name }

    /// A pattern that stands nowhere in the code of these modules; nil for all.
    static func banned(
        _ pattern: String, in modules: Set<String>? = nil, except: Set<String> = [],
        instead: String, sample: String
    ) -> Rule {
        let module = modules?.min() ?? "Workers"
        return Rule(
            name:
                "no \(pattern)\(modules.map { " in \($0.sorted().joined(separator: ", "))" } ?? "")",
            sample: ("Sources/\(module)/Sample.swift", sample)
        ) { file in
            guard modules?.contains(file.module) ?? true, !except.contains(file.module),
                let expression = try? Regex(pattern)
            else { return [] }
            return file.code.enumerated().compactMap { index, line in
                line.contains(expression) ? (index + 1, instead) : nil
            }
        }
    }
}

extension Rule {
    static let longestFile = 400
    static let longestFunction = 50
    static let widest = 100

    static let all: [Rule] = [
        .banned(#"\bDate\(\)"#, instead: "time is an argument", sample: "let now = Date()"),
        .banned(#"\btry!"#, instead: "handle or throw it", sample: "let x = try! f()"),
        .banned(
            #"\bfatalError\("#, instead: "throw, or make it impossible", sample: "fatalError()"),
        .banned(
            #"\bprint\("#, except: ["squareoff"], instead: "log it, or return it",
            sample: "print(1)"),
        .banned(
            #"\b(Double|Float)\b"#, in: ["Trading", "Stages", "Brokers"],
            instead: "fixed point", sample: "var price: Double"),
        .banned(
            #"\b(Double|Float)\b.*\b(Price|Money|Percent|paise|rupees)|\b(Price|Money|Percent|paise|rupees)\b.*\b(Double|Float)\b"#,
            instead: "fixed point", sample: "Price(paise: Int(Double(text)))"),
        .banned(
            #"\.random\(in: [^)]*\)$"#, in: ["Trading", "Stages", "Brokers"],
            instead: "chance is an argument", sample: "Int.random(in: 0..<5)"),
        longFiles, longFunctions, wideLines, unsafeWithoutReason, keyNames, leftovers,
    ]

    private static let longFiles = Rule(
        name: "no file over \(longestFile) lines",
        sample: ("Sources/Workers/Sample.swift", String(repeating: "\n", count: 401))
    ) { file in
        let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
        return count > longestFile ? [(count, "\(count) lines")] : []
    }

    private static let longFunctions = Rule(
        name: "no function over \(longestFunction) lines",
        sample: (
            "Sources/Workers/Sample.swift",
            "    func f(\n    ) {\n" + String(repeating: "        g()\n", count: 50) + "    }\n"
        )
    ) { file in
        file.functions.filter { $0.lines > longestFunction }.map {
            ($0.line, "\($0.lines) lines")
        }
    }

    private static let wideLines = Rule(
        name: "no line over \(widest) columns",
        sample: ("Sources/Workers/Sample.swift", String(repeating: "x", count: 101))
    ) { file in
        file.lines.enumerated().compactMap { index, line in
            line.count > widest ? (index + 1, "\(line.count) columns") : nil
        }
    }

    /// A comment on the same line, above it, or as the first line of the type.
    private static let unsafeWithoutReason = Rule(
        name: "unchecked only with its reason beside it",
        sample: ("Sources/Workers/Sample.swift", "/// A timer.\nclass A: @unchecked Sendable {\n}")
    ) { file in
        file.code.enumerated().compactMap { index, line in
            guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)")
            else { return nil }
            let neighbours = file.lines[max(0, index - 12)...min(index + 3, file.lines.count - 1)]
            let reasons = neighbours.filter {
                $0.contains("//") && $0.contains(/[Uu]nchecked|[Uu]nsafe|thread|Sendable/)
            }
            return reasons.isEmpty ? (index + 1, "say why it is safe") : nil
        }
    }

    private static let keyNames = Rule(
        name: "key names are built in one file",
        sample: ("Sources/Workers/Sample.swift", "let key = \"sq:{0}:exits\"")
    ) { file in
        guard !file.path.hasSuffix("/Key.swift") else { return [] }
        return file.codeAndStrings.enumerated().compactMap { index, line in
            line.contains("\"sq:{") ? (index + 1, "use Keys") : nil
        }
    }

    private static let leftovers = Rule(
        name: "no leftovers",
        sample: ("Sources/Workers/Placeholder.swift", "")
    ) { file in
        let isLeft = file.path.hasSuffix("Placeholder.swift")
        let isEmpty = file.lines.allSatisfy(\.isEmpty)
        let marks = file.lines.enumerated().filter { $0.1.contains(/\b(TODO|FIXME|XXX|HACK)\b/) }
        return (isLeft || isEmpty ? [(1, "a placeholder")] : [])
            + marks.map { ($0.0 + 1, "do it, or say it in an issue") }
    }
}

extension SourceFile {
    /// Functions, initialisers and computed subscripts with a body, from first to last line. The
    /// formatter puts the closing brace under the declaration, which is all that this goes by.
    var functions: [(line: Int, lines: Int)] {
        let pattern =
            /^( *)((@\w+|package|private|fileprivate|internal|public|static|mutating|nonmutating|override|convenience|final) )*(func\b|init[?(<]|deinit\b|subscript[(<])/
        return code.indices.compactMap { start in
            guard let match = code[start].firstMatch(of: pattern) else { return nil }
            let indent = match.1.count
            for index in code.indices[(start + 1)...] {
                let line = code[index]
                guard let first = line.firstIndex(where: { $0 != " " }) else { continue }
                let own = line.distance(from: line.startIndex, to: first)
                if own < indent { return nil }
                if own == indent, line[first] == "}" { return (start + 1, index - start + 1) }
                if own == indent, line[first] != ")" { return nil }
            }
            return nil
        }
    }
}
