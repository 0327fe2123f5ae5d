import ArgumentParser
import MessageBus
import Trading

struct AccountsCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts", abstract: "Each account's money and trades of today.")

    @OptionGroup var options: LookingOptions

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .left("account"), .left("day"), .right("capital"), .right("reserved"),
                .right("realised"), .right("charges"), .right("peak"), .right("trades"),
                .right("open"), .right("losses"), .left("halt"),
            ],
            nothing: options.all
                ? "No account has traded." : "No account has traded on \(lookout.now.day.text).")
        let halted = try lookout.hash(Keys.halt)
        let halts = Halts(halted)
        for shard in lookout.shards {
            let looks = try lookout.due(Keys.unreconciled(shard))
            for name in try lookout.names(.accountDays(shard)) {
                let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
                guard parts.count == 2, let day = Day(text: parts[1]) else { continue }
                let account = AccountID(parts[0])
                guard options.includes(account), options.all || day == lookout.now.day else {
                    continue
                }
                let fields = try lookout.hash(Keys.account(shard, account, day))
                let look = looks.first { $0.member == account.text }?.at
                let why =
                    halts.reason(for: account)
                    ?? look.map { "unreconciled: book \($0.due(at: lookout.wall))" }
                add(account, day, fields, halt: why, to: &sheet)
            }
        }
        sheet.rows.sort {
            ($0.cells[0] ?? "", $0.cells[1] ?? "") < ($1.cells[0] ?? "", $1.cells[1] ?? "")
        }
        sheet.notes = halted.pairs.map { "halt: \($0.name): \($0.value)" }
        return sheet
    }

    private func add(
        _ account: AccountID, _ day: Day, _ fields: Fields, halt: String?, to sheet: inout Sheet
    ) {
        var record = Fields()
        record.put(.account, account)
        record["day"] = day.text
        record["halt"] = halt
        sheet.add(
            [
                account.text, day.text, fields[.capital], fields[.reserved], fields[.realised],
                fields[.charges], fields[.peakRealised], fields[.trades], fields[.open],
                fields[.losses], halt,
            ],
            fields.after(record))
    }
}
