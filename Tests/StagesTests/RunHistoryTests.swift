import Stages
import Support
import Testing
import Trading

/// P5: how long ago an order can have been sent that the server has forgotten.
@Suite struct RunHistoryTests {
    private let start = EventTime.at(10, 0)

    /// Runs `a`, `b`, … met at these seconds; the last one goes on.
    private func history(_ seconds: [Int], ids: String = "abcdefghijklmnopqrstuvwxyz") -> RunHistory
    {
        let runs = zip(ids, seconds).map {
            RunHistory.Met(id: RunID(String($0)), at: start + .seconds($1))
        }
        return runs.dropFirst().reduce(RunHistory(current: runs[0])) { $0.followed(by: $1) }
    }

    /// What an earlier run's clock says is made half a second later, for hosts differ.
    @Test(
        "A run that was too short to send anything is not waited for",
        arguments: [
            // the runs, the position's, the last moment at which its orders can have been marked
            ([0, 100], "a", 100_000),  // its own run sends at once, up to its end
            ([0, 100, 110], "a", 100_500),  // 10 s were too few for the second
            ([0, 100, 112], "a", 100_500), ([0, 100, 113], "a", 113_000),
            ([0, 100, 130], "a", 130_000),
            ([0, 100, 106, 112], "a", 100_500),
            ([0, 100, 106, 113], "a", 113_000),  // the third was there 13 s after the first's end
            ([0, 100, 105, 110], "a", 100_500), ([0, 100, 105, 110], "b", 105_500),
            ([0, 100, 105, 110], "c", 110_000),
            // The second has sent, the two after it have not.
            ([0, 100, 120, 125, 130], "a", 120_500),
            ([100, 105], "z", 100_500),  // of a run before all that are known
            ([100, 105], nil, 105_000),
        ] as [([Int], RunID?, Int)]
    )
    func lastMark(runs: [Int], created: RunID?, last: Int) {
        let marked = history(runs).lastMark(ofPositionsCreatedIn: created, wait: .seconds(13))
        #expect(marked == start + .milliseconds(last))
    }

    @Test(arguments: [1, 20])
    func `what is kept of the past has an end, and what is older waits for the last run's`(
        apart: Int
    ) {
        let long = history(Array(stride(from: 0, to: 20 * apart, by: apart)))
        #expect(long.earlier.count == 16)
        let marked = long.lastMark(ofPositionsCreatedIn: "a", wait: .seconds(13))
        #expect(marked == long.current.at)
    }

    @Test func `a run that comes back vouches for nothing`() {
        let back = history([0, 100, 200], ids: "aba")
        #expect(back.hasReturned && !history([0, 100, 200]).hasReturned)
        for created in ["a", nil] as [RunID?] {
            let marked = back.lastMark(ofPositionsCreatedIn: created, wait: .seconds(13))
            #expect(marked == start + .seconds(200))
        }
    }

    /// By brute force: no run, as it knew the past, can have sent after what is said.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `nobody has sent later`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var seconds = [0]
        for last in 0..<7 { seconds.append(seconds[last] + .random(in: 1...30, using: &random)) }
        for created in 0..<7 {
            let own = history(Array(seconds[...created])).current.id
            // Its own run sends up to its end.
            var latest = seconds[created + 1]
            for run in (created + 1)..<7 {
                let known = history(Array(seconds[...run]))
                let cleared =
                    known.lastMark(ofPositionsCreatedIn: own, wait: .seconds(13)) + .seconds(13)
                if cleared <= start + .seconds(seconds[run + 1]) { latest = seconds[run + 1] }
            }
            let told = history(seconds).lastMark(ofPositionsCreatedIn: own, wait: .seconds(13))
            #expect(told >= start + .seconds(latest))
        }
    }
}
