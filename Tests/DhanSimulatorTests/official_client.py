"""The broker's own Python client against the simulator: places, reads, cancels, and hears both feeds.

Arguments: ports of REST, orders and feed; client id; token. Prints one line of JSON.
"""
import asyncio
import json
import sys

from dhanhq import DhanContext, dhanhq
from dhanhq.dhan_http import DhanHTTP
from dhanhq.marketfeed import MarketFeed
from dhanhq.orderupdate import OrderUpdate

rest, orders, feed, client, token = sys.argv[1:6]
DhanHTTP.API_BASE_URL = f"http://127.0.0.1:{rest}/v2"
MarketFeed.market_feed_wss = f"ws://127.0.0.1:{feed}"


async def alerts(updates, count):
    heard = []
    done = asyncio.Event()

    def on_update(alert):
        heard.append(alert)
        if len(heard) == count:
            done.set()

    updates.on_update = on_update
    task = asyncio.create_task(updates.connect_order_update())
    return heard, done, task


async def trade(dhan, context):
    updates = OrderUpdate(context)
    updates.order_feed_wss = f"ws://127.0.0.1:{orders}"
    heard, done, task = await alerts(updates, 6)
    loop = asyncio.get_running_loop()
    call = lambda function, *args, **named: loop.run_in_executor(None, lambda: function(*args, **named))

    async def settled(number, status):
        while True:
            book = await call(dhan.get_order_by_id, number)
            if book["data"][0]["orderStatus"] == status:
                return
            await asyncio.sleep(0.01)

    while (await call(dhan.dhan_http.session.get, f"http://127.0.0.1:{rest}/control/sockets")).json()["orders"] != 1:
        await asyncio.sleep(0.01)
    option = dict(
        security_id="51460", exchange_segment=dhan.NSE_FNO, quantity=35, product_type=dhan.INTRA)
    bought = await call(
        dhan.place_order, transaction_type=dhan.BUY, order_type=dhan.MARKET, price=0, tag="entry-1", **option)
    await settled(bought["data"]["orderId"], "TRADED")
    resting = await call(
        dhan.place_order, transaction_type=dhan.SELL, order_type=dhan.LIMIT, price=130, tag="exit-1", **option)
    await settled(resting["data"]["orderId"], "PENDING")
    cancelled = await call(dhan.cancel_order, resting["data"]["orderId"])
    await settled(resting["data"]["orderId"], "CANCELLED")
    refused = await call(dhan.cancel_order, resting["data"]["orderId"])
    await done.wait()
    task.cancel()
    return {
        "bought": bought["status"],
        "cancelled": cancelled["data"]["orderStatus"],
        "refused": refused["remarks"]["error_code"],
        "orders": len((await call(dhan.get_order_list))["data"]),
        "external": (await call(dhan.get_order_by_correlationID, "entry-1"))["status"],
        "traded": sum(row["tradedQuantity"] for row in (await call(dhan.get_trade_book))["data"]),
        "held": (await call(dhan.get_positions))["data"][0]["netQty"],
        "funds": (await call(dhan.get_fund_limits))["data"]["availabelBalance"],
        "quote": (await call(dhan.quote_data, {"NSE_FNO": [51460]}))["data"]["data"]["NSE_FNO"]["51460"]["last_price"],
        "alerts": [alert["Data"]["status"] for alert in heard],
    }


context = DhanContext(client, token)
dhan = dhanhq(context)
dhan.dhan_http = context.get_dhan_http()
result = asyncio.run(trade(dhan, context))

market = MarketFeed(
    context, [(MarketFeed.NSE_FNO, "51460", MarketFeed.Full), (MarketFeed.IDX, "25", MarketFeed.Ticker)], "v2")
market.run_forever()
packets = []
while len({packet["type"] for packet in packets}) < 3:
    packets.append(market.get_data())
full = next(packet for packet in packets if packet["type"] == "Full Data")
result["full"] = [full["LTP"], full["LTT"], full["depth"][0]["ask_price"]]
result["kinds"] = sorted({packet["type"] for packet in packets})
market.close_connection()
print(json.dumps(result))
