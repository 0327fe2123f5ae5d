import Brokers
import Testing
import Trading

@Suite struct `A socket's course` {
    private func time(_ seconds: Int) -> EventTime { EventTime(milliseconds: seconds * 1_000) }

    /// Up to and including the connection's end, as often as told.
    private func fail(_ course: inout SocketCourse, at now: EventTime) -> Span {
        _ = course.next(at: now)
        _ = course.ended(.lost("reset"), at: now)
        return course.due(at: now) - now
    }

    @Test func `it connects at once, and gives up an answer that is late`() {
        var course = SocketCourse(.orders, seed: 1)
        #expect(course.next(at: time(1)) == .connect)
        #expect(course.next(at: time(2)) == nil)
        #expect(course.next(at: time(13)) == .giveUp(.silent("not connected in time")))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `pauses grow to half a minute and more, each with chance in it:`(seed: UInt64) {
        var course = SocketCourse(.orders, seed: seed)
        var now = time(0)
        var pauses: [Span] = []
        for _ in 0..<10 {
            let pause = fail(&course, at: now)
            pauses.append(pause)
            now = now + pause
        }
        var expected = 500
        for pause in pauses {
            #expect((expected...expected * 3 / 2).contains(pause.milliseconds))
            expected = min(expected * 2, 30_000)
        }
    }

    @Test func `two accounts do not come back at the same moment`() {
        var pauses: Set<Int> = []
        for seed in 0..<20 as Range<UInt64> {
            var course = SocketCourse(.feed, seed: seed)
            pauses.insert(fail(&course, at: time(0)).milliseconds)
        }
        #expect(pauses.count > 10)
    }

    @Test func `a connection that lasted begins with short pauses again`() {
        var course = SocketCourse(.feed, seed: 1)
        for _ in 0..<8 { _ = fail(&course, at: course.due(at: time(0))) }
        var now = course.due(at: time(0))
        _ = course.next(at: now)
        course.opened(at: now)
        now = now + .seconds(31)
        course.heard(at: now)
        #expect(fail(&course, at: now) < .seconds(1))
        // One that breaks at once does not.
        for _ in 0..<8 {
            now = course.due(at: now)
            _ = course.next(at: now)
            course.opened(at: now)
            _ = course.ended(.lost("reset"), at: now)
        }
        #expect(course.due(at: now) - now > .seconds(29))
    }

    @Test func `the order socket is pinged, and its silence ends it`() {
        var course = SocketCourse(.orders, seed: 1)
        _ = course.next(at: time(0))
        course.opened(at: time(0))
        #expect(course.next(at: time(14)) == nil)
        #expect(course.next(at: time(15)) == .ping)
        #expect(course.next(at: time(16)) == nil)
        course.heard(at: time(16))
        #expect(course.next(at: time(30)) == .ping)
        #expect(course.next(at: time(45)) == .ping)
        #expect(course.next(at: time(61)) == .giveUp(.silent("nothing was heard for 45 s")))
    }

    @Test func `the feed is not pinged, and forty seconds without a sign end it`() {
        var course = SocketCourse(.feed, seed: 1)
        _ = course.next(at: time(0))
        course.opened(at: time(0))
        for second in stride(from: 10, through: 100, by: 10) {
            course.heard(at: time(second))
            #expect(course.next(at: time(second)) == nil)
        }
        #expect(course.next(at: time(139)) == nil)
        #expect(course.next(at: time(140)) == .giveUp(.silent("nothing was heard for 40 s")))
    }

    @Test(arguments: [
        // (seconds from the login to the end, whether anything was heard, the end, token doubted)
        (0, false, SocketEnd.lost("reset"), true), (2, false, .lost("reset"), true),
        (2, true, .lost("reset"), false), (4, false, .lost("reset"), false),
        (100, true, .refused(status: 401), true), (100, true, .closed(code: nil), false),
    ])
    func `a reset right after the login doubts the token:`(
        seconds: Int, wasHeard: Bool, end: SocketEnd, isDoubtful: Bool
    ) {
        var course = SocketCourse(.orders, seed: 1)
        _ = course.next(at: time(0))
        course.opened(at: time(0))
        if wasHeard { course.heard(at: time(seconds)) }
        #expect(course.ended(end, at: time(seconds)) == isDoubtful)
    }
}
