import ArgumentParser
import MessageBus
import Trading

struct OrdersCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "Orders that are not finished; all with --all.")

    @OptionGroup var options: LookingOptions

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .left("order"), .left("account"), .left("side"), .left("instrument"),
                .left("type"), .right("price"), .right("filled"), .right("average"),
                .left("status"), .left("number"), .right("accepted"), .left("next"),
                .left("error"),
            ],
            nothing: options.all ? "No orders." : "No working orders.")
        for shard in lookout.shards {
            let due = Dictionary(try lookout.due(Keys.ordersDue(shard)).map { ($0.member, $0.at) })
            {
                first, _ in first
            }
            let ids = try lookout.names(.orders(shard)).compactMap { CorrelationID(text: $0) }
            let hashes = try lookout.hashes(ids.map { Keys.order(shard, $0) })
            for (id, fields) in zip(ids, hashes) where !fields.isEmpty && options.includes(fields) {
                let status = fields[.status].flatMap { OrderStatus(text: $0) }
                guard options.all || status?.isFinished != true else { continue }
                add(id, fields, next: due[id.text], now: lookout.now, to: &sheet)
            }
        }
        let acceptedAt = { (row: Sheet.Row) in row.record[.acceptedAt] ?? "" }
        sheet.rows.sort {
            (acceptedAt($0), $0.cells[0] ?? "") < (acceptedAt($1), $1.cells[0] ?? "")
        }
        return sheet
    }

    private func add(
        _ id: CorrelationID, _ fields: Fields, next: EventTime?, now: EventTime,
        to sheet: inout Sheet
    ) {
        let instrument = "\(fields[.segment] ?? ""):\(fields[.securityID] ?? "")"
        let filled = "\(fields[.filled] ?? "?")/\(fields[.quantity] ?? "?")"
        var record = Fields()
        record.put(.order, id)
        record["next_at"] = next?.text
        sheet.add(
            [
                id.text, fields[.account], fields[.side], instrument, fields[.type],
                fields[.price], filled, fields[.averagePrice], fields[.status], fields[.number],
                fields.time(.acceptedAt), next?.due(at: now), fields[.error],
            ],
            fields.after(record))
    }
}
