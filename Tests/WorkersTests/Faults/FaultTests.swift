import MessageBus
import Redis
import Support
import Testing
import Workers

/// The server misbehaves under running workers: one of each kind, on threads, with entries before,
/// during and after it. Whatever it is, what the server still has is counted exactly once, the
/// workers say what is wrong, slow down while it lasts, and wait for input when it is over.
@Suite("Workers: the server misbehaves", .timeLimit(.minutes(10)))
struct FaultTests {
    @Test(arguments: Fault.allCases)
    func `each entry counts once, and nobody is silent:`(fault: Fault) throws {
        let site = try Site(fault.options, user: fault.user)
        try fault.prepare(site)
        site.start(isGuarded: fault.forgetsAcknowledgements)
        try site.put(1...20)
        try site.waitUntilCounted(1...20)
        try site.waitUntilBlocked()

        // Pauses after errors of the start are no part of this.
        site.words.forget()
        if try fault.strike(site) {
            try waitForPauses(site)
            try fault.mend(site)
        }
        try site.wait(for: "words about it") { isSaid(fault, in: site.words.all) }
        try site.put(41...60)
        try site.waitUntilCounted(fault.losesData ? 41...60 : 21...60, of: fault)
        try site.waitUntilBlocked()
        for key in [Site.tallied, Site.scribed] {
            let counts = try site.counts(key)
            #expect(counts.values.allSatisfy { $0 == 1 }, "\(key): \(counts)")
            #expect(fault == .flushAll || (1...20).allSatisfy { counts[$0] == 1 }, "\(key)")
        }
        // Nothing that was the server's fault was blamed on an entry.
        #expect(try site.redis("EXISTS", Keys.deadLetters(.shard(0)).text) == .integer(0))
        #expect(try site.redis("EXISTS", Keys.failures(.shard(0), Site.group).text) == .integer(0))
    }

    /// Each worker has failed so often that it would be seen if it did not slow down: each pause
    /// is twice the one before. On a machine that stood still for two seconds they begin anew.
    private func waitForPauses(_ site: Site) throws {
        for worker in [Site.group, Site.ordered] {
            try site.wait(for: "\(worker) to slow down") {
                site.words.pauses(of: worker).contains(160)
            }
            let pauses = site.words.pauses(of: worker)
            let isDoubling = zip(pauses, pauses.dropFirst()).allSatisfy {
                $1 == min(2 * $0, 2_000) || $1 == 20
            }
            #expect(isDoubling, "\(worker): \(site.words.tail)")
        }
    }

    private func isSaid(_ fault: Fault, in all: [String]) -> Bool {
        let words = [(Site.group, fault.words.group), (Site.ordered, fault.words.ordered)]
        let said = words.map { worker, text in
            text.map { text in all.contains { $0.contains(worker) && $0.contains(text) } } ?? true
        }
        // Whoever notices first loads the functions for both.
        return fault == .functionFlush ? said.contains(true) : !said.contains(false)
    }
}

extension Site {
    /// Where the rest could not be written while it lasted, that is not waited for.
    fileprivate func waitUntilCounted(_ numbers: ClosedRange<Int>, of fault: Fault) throws {
        switch fault {
        case .evicts, .oldVersion, .noPassword: try waitUntilCounted(41...60)
        default: try waitUntilCounted(numbers)
        }
    }
}
