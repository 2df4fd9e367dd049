%% A Diameter relay made of Erlang's own diameter application: usage relay:start(Host, Realm, Address, [{ConnectAddress}]).
-module(erlang_relay).
-include_lib("diameter/include/diameter.hrl").
-export([start/4]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3,
         handle_answer/4, handle_error/4, handle_request/3]).

start(Host, Realm, Address, Connect) ->
    ok = diameter:start(),
    ok = diameter:start_service(?MODULE, [
        {'Origin-Host', Host}, {'Origin-Realm', Realm}, {'Vendor-Id', 0}, {'Product-Name', "Erlang diameter"},
        {'Auth-Application-Id', [16#FFFFFFFF]},
        {application, [{alias, relay}, {dictionary, diameter_gen_relay}, {module, ?MODULE}]}]),
    {ok, _} = diameter:add_transport(?MODULE, {listen, transport([{ip, Address}, {port, 3868}, {reuseaddr, true}])}),
    [{ok, _} = diameter:add_transport(?MODULE, {connect, [{connect_timer, 1000} |
        transport([{raddr, Peer}, {rport, 3868}, {ip, Address}])]}) || Peer <- Connect],
    io:format("relay is ready~n"),
    receive stop -> ok end.

transport(Config) ->
    [{transport_module, diameter_tcp}, {transport_config, Config}].

peer_up(_, {_, #diameter_caps{origin_host = {_, Peer}}}, State) ->
    io:format("open with ~s~n", [Peer]),
    State.
peer_down(_, {_, #diameter_caps{origin_host = {_, Peer}}}, State) ->
    io:format("closed with ~s~n", [Peer]),
    State.

%% To the Destination-Host where that is a neighbour, else to a neighbour of the Destination-Realm.
handle_request(_, _, _) ->
    {relay, [{timeout, 5000}, {filter, {first, [{all, [host, realm]}, realm]}}]}.
pick_peer([Peer | _], _, _, _) -> {ok, Peer};
pick_peer([], _, _, _) -> false.
prepare_request(Packet, _, _) -> {send, Packet}.
prepare_retransmit(Packet, _, _) -> {send, Packet}.
handle_answer(Packet, _, _, _) -> Packet.
handle_error(Reason, _, _, _) -> {error, Reason}.
