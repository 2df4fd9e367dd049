%% A home server (AAAH) made of Erlang's own diameter application and the Mobile IPv4 dictionary of its examples. That dictionary knows
%% AA-Mobile-Node and Home-Agent-MIP; the server has no subscribers and rejects each.
-module(erlang_home_server).
-include_lib("diameter/include/diameter.hrl").
-export([start/4]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3,
         handle_answer/4, handle_error/4, handle_request/3]).

start(Host, Realm, Address, _) ->
    ok = diameter:start(),
    ok = diameter:start_service(?MODULE, [
        {'Origin-Host', Host}, {'Origin-Realm', Realm}, {'Vendor-Id', 0}, {'Product-Name', "Erlang diameter"},
        {'Auth-Application-Id', [2]}, {decode_format, map},
        {application, [{alias, mip}, {dictionary, rfc4004_mip}, {module, ?MODULE}, {request_errors, answer}]}]),
    {ok, _} = diameter:add_transport(?MODULE, {listen, [{transport_module, diameter_tcp},
        {transport_config, [{ip, Address}, {port, 3868}, {reuseaddr, true}]}]}),
    io:format("home server is ready~n"),
    receive stop -> ok end.

peer_up(_, {_, #diameter_caps{origin_host = {_, Peer}}}, State) ->
    io:format("open with ~s~n", [Peer]),
    State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer};
pick_peer([], _, _, _) -> false.
prepare_request(Packet, _, _) -> {send, Packet}.
prepare_retransmit(Packet, _, _) -> {send, Packet}.
handle_answer(#diameter_packet{msg = Message}, _, _, _) -> Message.
handle_error(Reason, _, _, _) -> {error, Reason}.

handle_request(#diameter_packet{msg = ['AMR' | Avps], errors = Errors}, _, {_, Caps}) ->
    io:format("AMR of ~s, ~p bytes of MIP-Reg-Request, errors ~p~n",
              [maps:get('User-Name', Avps, "nobody"), iolist_size(maps:get('MIP-Reg-Request', Avps, "")), Errors]),
    {Host, _} = Caps#diameter_caps.origin_host,
    {Realm, _} = Caps#diameter_caps.origin_realm,
    {reply, #diameter_packet{errors = Errors, msg = ['AMA',
        {'Session-Id', maps:get('Session-Id', Avps)}, {'Auth-Application-Id', 2},
        {'Result-Code', 4001}, {'Origin-Host', Host}, {'Origin-Realm', Realm}]}}.
