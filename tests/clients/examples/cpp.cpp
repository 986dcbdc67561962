sio::client client;
client.socket()->on("chat", [](sio::event& event) {
    std::cout << event.get_messages()[0]->get_string() << std::endl;
});
std::map<std::string, std::string> place = {{"name", "Ann"}, {"room", "main"}};
client.connect("http://192.168.1.5:8080", place);
client.socket()->emit("chat", std::string("hello"));
