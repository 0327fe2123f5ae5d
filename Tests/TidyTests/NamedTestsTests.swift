import Foundation
import Testing

/// The tables of `Tests/README.md` name tests. One that is renamed or removed is missed here.
@Suite struct `The tables of failures` {
    /// What stands in backquotes in the tables' last column.
    private static func named() throws -> [(row: String, name: String)] {
        let url = SourceFile.root.appending(path: "Tests/README.md")
        let text = try String(contentsOf: url, encoding: .utf8)
        let tables = text.components(separatedBy: "## Failures of ").dropFirst()
        #expect(tables.count == 2)
        return tables.flatMap { table in
            table.split(separator: "\n").filter { $0.hasPrefix("| ") }.flatMap { row in
                let last = row.split(separator: "|").last.map(String.init) ?? ""
                return last.matches(of: /`([^`]+)`/).map { (String(row.prefix(40)), String($0.1)) }
            }
        }
    }

    /// Every string and every name in backquotes of the tests, and their types.
    private static func known() throws -> Set<String> {
        var names: Set<String> = []
        for path in try SourceFile.paths(in: "Tests") where path.hasSuffix(".swift") {
            let text = try String(
                contentsOf: SourceFile.root.appending(path: path), encoding: .utf8)
            names.formUnion(text.matches(of: /(?:func|struct|enum) `([^`]+)`/).map { String($0.1) })
            names.formUnion(text.matches(of: /"([^"\n]+)"/).map { String($0.1) })
            names.formUnion(text.matches(of: /(?:struct|enum) (\w+)/).map { String($0.1) })
        }
        return names
    }

    /// Names of suites may leave out `Tests`, commands are no tests.
    private static func isKnown(_ name: String, in known: Set<String>) -> Bool {
        if name.hasPrefix("ops/") || name.hasPrefix("squareoff ") { return true }
        if name.hasSuffix("…") {
            let beginning = name.dropLast()
            return known.contains { $0.hasPrefix(beginning) }
        }
        return known.contains(name) || known.contains(name + "Tests")
            || known.contains { $0.hasSuffix(name + "Tests") }
    }

    @Test func `name tests that exist`() throws {
        let known = try Self.known()
        let missing = try Self.named().filter { !Self.isKnown($0.name, in: known) }
        #expect(missing.map { "\($0.row): \($0.name)" } == [])
    }

    @Test func `a name that no test has is missed`() throws {
        #expect(try !Self.isKnown("a test that \("nobody") has written", in: Self.known()))
    }

    @Test func `cover the predecessor's list from its first to its last item`() throws {
        let url = SourceFile.root.appending(path: "Tests/README.md")
        let text = try String(contentsOf: url, encoding: .utf8)
        let rows = text.split(separator: "\n").compactMap {
            $0.wholeMatch(of: /\| ([0-9b–, ]+) \|.*/)
        }
        var items: Set<String> = []
        for row in rows {
            let ends = row.1.split(separator: "–").compactMap { Int($0) }
            items.formUnion(
                ends.count == 2
                    ? (ends[0]...ends[1]).map(String.init)
                    : row.1.split(separator: ", ").map(String.init))
        }
        #expect(items == Set((1...51).map(String.init) + ["28b"]))
    }
}
