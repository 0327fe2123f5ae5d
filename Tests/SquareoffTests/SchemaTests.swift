import MessageBus
import Support
import Testing
import Trading

@Suite("streams-schema is what Swift writes")
struct SchemaTests {
    private let schemas: Schemas

    init() throws { schemas = try Schemas() }

    @Test("every record has the fields of its schema, and the schema has no other")
    func fields() throws {
        for sample in try SchemaSample.all() {
            let schema = try #require(schemas[sample.schema], "\(sample.schema)")
            let written = Set(sample.full.pairs.map { schema.describedName(of: $0.name) })
            // The strategies fill their own part of the bars; a run shows it.
            let described = Set(schema.properties.keys).union(
                sample.schema == "bars" ? [] : schema.patternProperties.map { $0.text })
            #expect(written == described, "\(sample.schema)")
        }
    }

    @Test("what a record always has is required, and nothing else") func required() throws {
        for sample in try SchemaSample.all() {
            let schema = try #require(schemas[sample.schema])
            let always = sample.least.pairs.map(\.name).filter { schema.properties[$0] != nil }
            #expect(Set(always) == schema.required, "\(sample.schema)")
        }
    }

    @Test("every value is allowed") func values() throws {
        for sample in try SchemaSample.all() {
            let schema = try #require(schemas[sample.schema])
            #expect(schema.problems(sample.full) == [], "\(sample.schema)")
            #expect(schema.problems(sample.least) == [], "\(sample.schema)")
        }
    }

    @Test("an enumeration has the words of its type, no more and no fewer") func words() {
        func choices(_ schema: String, _ field: Field) -> Set<String>? {
            schemas[schema]?.properties[field.rawValue]?.choices
        }
        #expect(choices("position", .status) == Set(PositionStatus.allCases.map(\.text)))
        #expect(choices("order", .status) == Set(OrderStatus.allCases.map(\.text)))
        #expect(choices("order-updates", .status) == Set(OrderStatus.allCases.map(\.text)))
        #expect(choices("exits", .reason) == Set(ExitReason.allCases.map(\.text)))
        #expect(choices("position", .exitReason) == Set(ExitReason.allCases.map(\.text)))
        for schema in ["broker-events", "order-updates", "order"] {
            #expect(choices(schema, .precision) == Set(ValuePrecision.allCases.map(\.text)))
        }
        #expect(choices("ticks", .segment) == Set(Segment.allCases.map(\.text)))
        #expect(choices("position", .side) == Set(OptionSide.allCases.map(\.text)))
        #expect(choices("signals", .direction) == Set(Direction.allCases.map(\.text)))
        #expect(choices("alarms", .severity) == Set(Severity.allCases.map(\.text)))
    }

    @Test("every field name of Swift is in some schema") func fieldNames() {
        let described = Set(schemas.all.flatMap { $0.properties.keys })
        let unused = Field.allCases.map(\.rawValue).filter { !described.contains($0) }
        #expect(unused == [])
    }

    @Test("every key has one family, and every family a key") func keys() {
        var met: Set<String> = []
        for key in Self.keys {
            let families = schemas.families(of: key.text).map(\.name)
            #expect(families.count == 1, "\(key): \(families)")
            met.formUnion(families)
        }
        let unmet = schemas.all.filter { $0.kind == nil }.map(\.name).filter { !met.contains($0) }
        #expect(unmet == [])
    }

    @Test("every schema and every field says unit, writer, reader, since and meaning")
    func complete() {
        for schema in schemas.all {
            #expect(schema.isComplete, "\(schema.name)")
            for rule in schema.properties.values + schema.patternProperties.map({ $0.rule }) {
                #expect(rule.isDescribed, "\(schema.name)")
                #expect((rule.pattern == nil) != (rule.choices == nil), "\(schema.name)")
            }
        }
    }

    private static var keys: [Key] {
        let order = CorrelationID(SampleState.stuck, .exit, attempt: 1, slice: 1)
        let account = SampleState.alpha
        let slots: [Slot] = [.bus, .shard(12), .partition(0)]
        return [
            Keys.layout, Keys.clock, Keys.signals, Keys.alarms, Keys.halt, Keys.instruments,
            Keys.workers, Keys.worker("host-1:gateway-0"), Keys.lease("risk-manager", 3),
            Keys.lease("order-listener", SampleState.alpha),
            Keys.ticks(0), Keys.ltp(0), Keys.bars(0, "NIFTY"),
        ] + [
            Keys.exits(0), Keys.exitOrders(0), Keys.entryOrders(0), Keys.brokerEvents(0),
            Keys.orderUpdates(0), Keys.positions(0), Keys.exitsDue(0), Keys.ordersDue(0),
            Keys.calling(0), Keys.backlog(0), Keys.serverRun(0), Keys.unreconciled(0),
            Keys.reconcileDue(0), Keys.reconciled(0, account), Keys.lossLimit(0, account),
            Keys.orderNumber(0, "7001"),
            Keys.unmatched(0, "7001"), Keys.foreignDue(0), Keys.byHand(0, account),
            Keys.position(0, SampleState.stuck), Keys.order(0, order),
            Keys.exitLock(0, SampleState.stuck), Keys.verdict(0, SampleState.signal, account),
            Keys.open(0, account), Keys.account(0, account, Fixtures.day),
            Keys.budget(0, account),
        ] + [
            Keys.paperRequests(0), Keys.paperOrder(0, "P-1"),
            Keys.paperBook(0, account, Fixtures.day),
            Keys.paperLedger(0, account), Keys.paperWorking(0), Keys.paperDue(0),
            Keys.paperQuotes(0),
        ] + slots.map { Keys.fence($0, "scheduler", 0) }
            + slots.map { Keys.failures($0, "gateway") } + slots.map { Keys.deadLetters($0) }
    }
}
