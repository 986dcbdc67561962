val place = mutableMapOf("name" to "Ann", "room" to "main")
val socket = IO.socket("http://192.168.1.5:8080", IO.Options().apply { auth = place })
socket.on("welcome") { place["token"] = (it[0] as JSONObject).getString("token") }
socket.on("chat") {
    val meta = it.last { part -> part is JSONObject } as JSONObject
    if (meta.has("seq")) {
        place["room"] = meta.getString("room")
        place["epoch"] = meta.getString("epoch")
        place["since"] = meta.get("seq").toString()
    }
    println(it[0])
}
socket.once("connect") { socket.emit("chat", "hello") }
socket.connect()
