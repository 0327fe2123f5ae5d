import Foundation
import Glibc
import HTTP
import Support
import Testing
import Trading

@testable import Brokers

/// Lots and ids of all orders come from the kept list: what another user of the machine could have
/// put there is not believed.
@Suite(.timeLimit(.minutes(10))) struct DhanInstrumentFolderTests {
    private let home: TokenFolder
    private let server: RawServer
    private let day = Day(2026, 11, 26)

    init() throws {
        home = try TokenFolder()
        server = try RawServer { _ in [.ok(DhanInstrumentTests.detailed)] }
    }

    private var folder: String { home.path + "/lists" }

    private func source(_ folder: String) -> DhanInstruments {
        var endpoints = DhanEndpoints()
        endpoints.instruments = server.url + "/list.csv"
        return DhanInstruments(endpoints: endpoints, http: HTTPClient(), folder: folder)
    }

    private func list(_ folder: String) async -> Result<[Instrument], DhanError> {
        let source = source(folder)
        return await withCheckedContinuation { continuation in
            source.list(on: day) { continuation.resume(returning: $0) }
        }
    }

    private func lot() async throws -> Int? {
        try await list(folder).get().first { $0.id.securityID == "51460" }?.lot.units
    }

    /// Kind and rights, not through a link.
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & (S_IFMT | 0o777) : 0
    }

    @Test func `a list is kept for its owner alone`() async throws {
        #expect(try await lot() == 65)
        #expect(mode(folder) == S_IFDIR | 0o700)
        #expect(mode(source(folder).path(of: day)) == S_IFREG | 0o600)
        #expect(try await lot() == 65)
        #expect(server.requests.count == 1)
    }

    @Test func `each user has a folder of his own`() {
        #expect(DhanInstruments.folder.hasSuffix("/squareoff-instruments-\(geteuid())"))
    }

    @Test(
        "A list that others could have written is fetched anew",
        arguments: [
            // the file's mode, or a link to a good one; whether it is believed
            (0o600, true), (0o644, true), (0o620, false), (0o602, false), (nil, false),
        ] as [(Int?, Bool)])
    func planted(mode: Int?, isBelieved: Bool) async throws {
        try #require(mkdir(folder, 0o700) == 0)
        let planted = DhanInstrumentTests.detailed.replacingOccurrences(of: "65.0", with: "6500")
        let text = try DhanInstrumentList.contracts(Array(planted.utf8))
        let path = source(folder).path(of: day)
        if let mode {
            try Data(text.utf8).write(to: URL(filePath: path))
            try #require(chmod(path, mode_t(mode)) == 0)
        } else {
            try home.write("elsewhere", text)
            try #require(symlink(home.path + "/elsewhere", path) == 0)
        }
        #expect(try await lot() == (isBelieved ? 6_500 : 65))
        #expect(server.requests.count == (isBelieved ? 0 : 1))
        // What was fetched stands in its place, and not where a link has led.
        if !isBelieved { #expect(self.mode(path) == S_IFREG | 0o600) }
        #expect(try await lot() == (isBelieved ? 6_500 : 65))
        #expect(server.requests.count == (isBelieved ? 0 : 1))
    }

    enum Folder: String, CaseIterable {
        case link = "a symbolic link"
        case writable = "has mode 777"
        case file = "no folder"
        case foreign = "belongs to user"
    }

    /// As somebody else could have left it.
    private func prepare(_ kind: Folder) throws -> String {
        switch kind {
        case .link:
            try #require(mkdir(home.path + "/other", 0o700) == 0)
            try #require(symlink(home.path + "/other", folder) == 0)
            return folder + "/"
        case .writable:
            try #require(mkdir(folder, 0o700) == 0 && chmod(folder, 0o777) == 0)
        case .file:
            try home.write("lists", "")
        case .foreign:
            try #require(mkdir(folder, 0o700) == 0)
            // Only the superuser gives folders away; whoever is another user has this one.
            if geteuid() != 0 { return "/usr" }
            try #require(chown(folder, 65_534, 65_534) == 0)
        }
        return folder
    }

    @Test(arguments: Folder.allCases)
    func `a folder that is not ours alone keeps no list, and the error says why:`(
        kind: Folder
    ) async throws {
        let path = try prepare(kind)
        guard case .failure(.notSent(let reason)) = await list(path) else {
            Issue.record("it was used")
            return
        }
        #expect(reason.contains(kind.rawValue) && reason.contains("TMPDIR"), "\(reason)")
        #expect(server.requests.isEmpty)
    }
}
