import { EventSource } from "eventsource";
const room = "http://192.168.1.5:8080/rooms/main";
const stream = new EventSource(`${room}/events?name=Ann`);
stream.onmessage = ({ data }) => console.log(...JSON.parse(data));
stream.onopen = () => fetch(`${room}/messages?name=Ann`, { method: "POST", body: "hello" });
