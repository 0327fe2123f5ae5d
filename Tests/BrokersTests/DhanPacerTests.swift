import Testing

@testable import Brokers

@Suite struct DhanPacerTests {
    @Test(
        "No window has more calls than its group may make",
        arguments: [
            (.nonTrading, 20, 1_000), (.data, 5, 1_000), (.quote, 1, 1_000),
            (.chain("a"), 1, 3_000),
        ] as [(DhanPacer.Group, Int, Int)])
    func window(group: DhanPacer.Group, allowed: Int, window: Int) {
        let pacer = DhanPacer()
        var times: [Int] = []
        for now in stride(from: 0, to: 30_000, by: 37) {
            if let delay = pacer.delay(group, at: now) { times.append(now + delay) }
        }
        #expect(times == times.sorted() && times.count > 5)
        for (first, last) in zip(times, times.dropFirst(allowed)) {
            #expect(last - first >= window)
        }
    }

    @Test("Together its readers ask no more than an account may be asked", arguments: 1...6)
    func shared(readers: Int) {
        let pacers = (0..<readers).map { _ in DhanPacer() }
        for pacer in pacers { pacer.share(among: readers) }
        var times: [Int] = []
        for now in stride(from: 0, to: 10_000, by: 37) {
            times += pacers.compactMap { pacer in
                pacer.delay(.nonTrading, at: now).map { now + $0 }
            }
        }
        times.sort()
        #expect(times.count > 100)
        for (first, last) in zip(times, times.dropFirst(20)) { #expect(last - first >= 1_000) }
    }

    @Test func `a smaller share counts from the next call on`() {
        let pacer = DhanPacer()
        pacer.share(among: 1)
        for _ in 0..<18 { #expect(pacer.delay(.nonTrading, at: 0) == 0) }
        pacer.share(among: 9)
        for _ in 0..<3 { #expect(pacer.delay(.nonTrading, at: 500) == 500) }
        #expect(pacer.delay(.nonTrading, at: 500) == 1_500)
    }

    @Test func `orders are not held up here`() {
        let pacer = DhanPacer()
        for _ in 0..<100 { #expect(pacer.delay(.order, at: 0) == 0) }
    }

    @Test func `chains of different expiries do not wait for each other`() {
        let pacer = DhanPacer()
        #expect(pacer.delay(.chain("a"), at: 0) == 0)
        #expect(pacer.delay(.chain("b"), at: 0) == 0)
        #expect(pacer.delay(.chain("a"), at: 0) == 3_000)
    }

    @Test func `who would wait too long is told at once, and takes nobody's turn`() {
        let pacer = DhanPacer()
        let delays = (0..<10).map { _ in pacer.delay(.quote, at: 0) }
        #expect(delays.prefix(5) == [0, 1_100, 2_200, 3_300, 4_400])
        #expect(delays.dropFirst(5).allSatisfy { $0 == nil })
        #expect(pacer.delay(.quote, at: 5_500) == 0)
    }
}
