import Glibc
package import Trading

/// Kills this process unless it is armed again or disarmed in time.
///
/// A process that is frozen between the mark on an order and the call to the broker must not wake
/// up later and call: by then the order may have been called absent. The kernel's timer works on
/// a stopped process too, and counts while the machine sleeps.
package protocol SenderTimer: AnyObject, Sendable {
    func arm(_ life: Span)
    func disarm()
}

/// Owner of one POSIX timer on CLOCK_BOOTTIME that delivers SIGKILL.
///
/// Unchecked: `timer_settime` may be called from any thread, and the handle never changes.
package final class KillTimer: SenderTimer, @unchecked Sendable {
    /// Nil is a timer too: the kernel's first one has the number 0.
    private let timer: timer_t?

    private init(owning timer: timer_t?) { self.timer = timer }

    deinit { timer_delete(timer) }

    /// Nil when the kernel gives no timer.
    package static func make() -> KillTimer? {
        var event = sigevent()
        event.sigev_notify = Int32(SIGEV_SIGNAL)
        event.sigev_signo = SIGKILL
        var timer: timer_t?
        guard timer_create(CLOCK_BOOTTIME, &event, &timer) == 0 else { return nil }
        return KillTimer(owning: timer)
    }

    package func arm(_ life: Span) { set(life) }
    package func disarm() { set(.zero) }

    private func set(_ life: Span) {
        var time = itimerspec()
        time.it_value.tv_sec = life.milliseconds / 1_000
        time.it_value.tv_nsec = life.milliseconds % 1_000 * 1_000_000
        timer_settime(timer, 0, &time, nil)
    }
}
