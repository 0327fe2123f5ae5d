import Foundation
import Testing
import Trading

@testable import Settings

@Suite("Examples in ops/examples")
struct ExampleTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "ops/examples").path

    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    static func load(
        _ name: String, environment: [String: String] = [:]
    ) throws(SettingsErrors) -> SquareoffSettings {
        try SquareoffSettings.load(path: "\(folder)/\(name)", environment: environment)
    }

    @Test("Loads", arguments: files) func loads(name: String) throws {
        #expect(try Self.load(name).accounts.map(\.id) == ["alpha", "bravo", "charlie"])
    }

    @Test func `both examples are there`() {
        #expect(Set(Self.files).isSuperset(of: ["active.yaml", "default.yaml"]))
    }

    @Test("default.yaml has the key with its default", arguments: SettingsKey.all)
    func hasDefault(key: SettingsKey) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/default.yaml", encoding: .utf8)
        let file = SettingsFile(text: text, name: "default.yaml")
        let section = key.components[0]
        let names = key.path.contains("*") ? file.names[section] ?? [] : [""]
        #expect(!names.isEmpty)
        for name in names {
            let written = try #require(file.texts[key.path(for: name)])
            #expect(key.defaultText == nil || key.defaultText == written)
        }
    }

    @Test func `default.yaml says what an empty file would`() throws {
        let settings = try Self.load("default.yaml")
        let plain = try SquareoffSettings.parse(oneAccount, name: "plain.yaml")
        #expect(settings.redis == plain.redis)
        #expect(settings.bus == plain.bus)
        #expect(settings.indices == plain.indices)
        #expect(settings.entryProfiles == ["default": EntryProfile()])
        #expect(settings.riskProfiles == ["default": RiskProfile()])
        #expect(settings.exits == ExitProfile())
        #expect(settings.gateway == GatewayProfile())
        #expect(settings.reconciler == ReconcilerProfile())
        #expect(settings.dhan == DhanSettings())
        #expect(settings.paper == PaperProfile())
        #expect(
            settings.strategies == [
                StrategyProfile(id: "supertrend", indices: ["BANKNIFTY", "NIFTY"])
            ])
        let capitals: [Money] = [.rupees(100_000), .rupees(300_000), .rupees(1_000_000)]
        #expect(settings.accounts.map(\.capital) == capitals)
        #expect(settings.accounts.allSatisfy { $0.strategies == ["supertrend"] })
    }

    @Test func `active.yaml can buy ten lots at the recording's dearest premium`() throws {
        let settings = try Self.load("active.yaml")
        let cost = Price(paise: 1_000_00) * Quantity(10 * 35)
        for account in settings.accounts {
            #expect(account.entry.allocation.of(account.capital) >= cost)
            let stop = try #require(account.risk.stopLoss)
            let mayLose = try #require(account.entry.riskPerTrade).of(account.capital)
            #expect(stop.of(cost) <= mayLose)
        }
    }

    /// The variables that the comments of default.yaml name, with a value where they name one.
    static let variables: [(String, String?)] = {
        let text = (try? String(contentsOfFile: "\(folder)/default.yaml", encoding: .utf8)) ?? ""
        let words = text.split { " ;\n".contains($0) }.filter { $0.hasPrefix("SQUAREOFF_") }
        return words.map { word in
            let parts = word.trimmingCharacters(in: [",", "."]).split(separator: "=")
            return (
                parts[0].trimmingCharacters(in: [","]),
                parts.count > 1 ? String(parts[1]) : nil
            )
        }
    }()

    @Test("A variable of the comments is known", arguments: variables.map(\.0))
    func variableIsKnown(name: String) {
        // A value that no setting has: the complaint must be about it, not about the name. The
        // credentials are not settings and draw no complaint at all.
        let isCredential = ["_USER", "_PASSWORD", "_TOKEN"].contains { name.contains($0) }
        var keys: [String] = []
        do throws(SettingsErrors) {
            _ = try Self.load("default.yaml", environment: [name: "!"])
        } catch {
            keys = error.problems.filter { !$0.message.contains("unknown") }.map(\.key)
        }
        #expect(keys == (isCredential ? [] : [name]))
    }

    @Test func `the values of the comments are right`() throws {
        let pairs = Self.variables.compactMap { name, value in value.map { (name, $0) } }
        let environment = Dictionary(uniqueKeysWithValues: pairs).merging(
            ["SQUAREOFF_STRATEGIES_SUPERTREND_INDICES": "NIFTY"]) { first, _ in first }
        let settings = try Self.load("default.yaml", environment: environment)
        #expect(settings.indices == ["NIFTY", "SENSEX"])
        #expect(settings.riskProfiles["default"]?.trailingTiers.count == 2)
    }
}
