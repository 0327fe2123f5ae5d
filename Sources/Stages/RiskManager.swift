package import Trading

/// Decides whether a position must close, and why.
///
///     ticks, positions, clock ──▶ risk manager ──▶ exits
///
/// The rules stand in ``RiskRules``; the first that hits wins. What a decision depends on
/// is the event, the stored position and `now`, so that two replays ask for the same exits:
/// - A tick or a mark counts only when it is younger than the position. One of the fill's own
///   millisecond may be seen before or after the fill, so it never counts.
/// - A changed position brings no price, and only rules of the clock may hit on it: whether it is
///   seen before or after the tick of the same millisecond is chance.
package struct RiskManager: Sendable {
    /// What the position is looked at for.
    package enum Occasion: Sendable, Hashable {
        /// A tick of the position's own contract.
        case tick(Quote)
        /// A mark of the clock, and the one before it; nil when that is not known.
        case clock(previous: EventTime?)
        /// An entry of `positions`.
        case changed

        var isMarketEvent: Bool { if case .changed = self { false } else { true } }
    }

    /// What one look at a position came to.
    package struct Finding: Sendable, Hashable {
        package var watch: PositionTracker.Watch
        package var hit: RiskHit?
        /// The span without a tick, on the mark at which it became too long.
        package var becameStale: Span?
    }

    package static let stage = "risk-manager"
    package static let askedBy = "rule"

    private let rules: [RiskRules.Entry]

    package init(rules: [RiskRules.Entry] = RiskRules.inOrder) { self.rules = rules }

    package func evaluate(
        _ position: PositionTracker, on occasion: Occasion, profile: RiskProfile,
        account: AccountRisk, session: SessionAnswer = .unknown, now: EventTime
    ) -> [Effect] {
        guard let subject = RiskSubject(position, profile: profile, session: session),
            let finding = look(
                at: subject, marked: position.watch, on: occasion, account: account, now: now)
        else { return [] }
        let mark: [Effect] =
            finding.watch == position.watch ? [] : [.watch(position.id, finding.watch)]
        return mark + effects(of: finding, on: position, now: now)
    }

    /// The decision without its effects: most looks have none but a new mark. Nil where the
    /// occasion does not count.
    package func look(
        at subject: RiskSubject, marked watch: PositionTracker.Watch, on occasion: Occasion,
        account: AccountRisk, now: EventTime
    ) -> Finding? {
        guard counts(occasion, now, since: subject.openedAt) else { return nil }
        var finding = Finding(watch: watch)
        if case .tick(let quote) = occasion {
            finding.watch.take(quote)
            if subject.mayAskForExit {
                finding.watch.raiseStop(subject.profile, entryPrice: subject.entryPrice)
            }
        }
        let view = RiskView(
            subject, was: watch, watch: finding.watch, isMarketEvent: occasion.isMarketEvent,
            account: account, now: now)
        if case .clock(let previous) = occasion, view.becameStale(since: previous) {
            finding.becameStale = view.age
        }
        if subject.mayAskForExit { finding.hit = firstHit(in: view) }
        return finding
    }

    /// The ticks to come that do no more to the position than ``PositionTracker/Watch/take(_:)``.
    package func quiet(
        at subject: RiskSubject, marked watch: PositionTracker.Watch, account: AccountRisk,
        now: EventTime
    ) -> QuietZone {
        let counting = QuietZone(after: subject.openedAt)
        guard subject.mayAskForExit else { return counting }
        var raised = watch
        raised.raiseStop(subject.profile, entryPrice: subject.entryPrice)
        guard let peak = watch.peak, raised == watch else { return .nowhere }
        let view = RiskView(
            subject, was: watch, watch: watch, isMarketEvent: true, account: account, now: now)
        return rules.reduce(counting.intersection(QuietZone(highest: peak))) {
            $0.intersection($1.quiet(view))
        }
    }

    /// What follows from a finding besides its mark.
    package func effects(
        of finding: Finding, on position: PositionTracker, now: EventTime
    ) -> [Effect] {
        var effects: [Effect] = []
        if let age = finding.becameStale {
            effects.append(.alarm(staleAlarm(position, age: age, now: now)))
        }
        if let hit = finding.hit { effects += request(hit, for: position, now: now) }
        return effects
    }

    private func counts(_ occasion: Occasion, _ now: EventTime, since openedAt: EventTime) -> Bool {
        switch occasion {
        case .tick(let quote): quote.at > openedAt
        case .clock: now > openedAt
        case .changed: true
        }
    }

    private func firstHit(in view: RiskView) -> RiskHit? {
        for rule in rules {
            if let evidence = rule.evidence(view) {
                return RiskHit(reason: rule.reason, evidence: evidence)
            }
        }
        return nil
    }

    private func request(
        _ hit: RiskHit, for position: PositionTracker, now: EventTime
    ) -> [Effect] {
        let order = PositionTracker.ExitOrder(
            reason: hit.reason, evidence: hit.evidence, askedBy: Self.askedBy, at: now)
        let request = ExitRequest(
            position: position.id, account: position.account, reason: hit.reason,
            evidence: hit.evidence, askedBy: Self.askedBy, at: now)
        return [
            .requestExit(position.id, order, whileStatus: position.status), .sendExit(request),
        ]
    }

    private func staleAlarm(_ position: PositionTracker, age: Span, now: EventTime) -> Alarm {
        let symbol = position.contract.symbol
        return Alarm(
            .warning, stage: Self.stage,
            message: "no tick of \(symbol) for \(age.milliseconds) ms, position open",
            account: position.account, position: position.id, trace: position.signal, at: now)
    }
}
