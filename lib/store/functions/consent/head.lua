#!lua name=virkne_consent
-- version 2
--
-- The consent register: acts are appended to a person's list, and nothing of a list is ever written again. Who a person is, what an act may
-- be, its hash and what it changes is known outside (lib/consent); here one step makes it happen or not happen.
-- A refusal is an error reply `ERR VIRKNE <WHAT> <what is wrong>`; it has changed nothing.
-- library.ts joins this file, common.lua and consent.lua.
--
--   consent:{sid}:log             list    one record an act, index = number - 1
--   consent:{sid}:state           hash    #seq #head #at #restricted #erased #closed, "purpose:channel" -> entry as JSON
--   consent:{sid}:once:<request>  text    the receipt of that request, for a day
--   consent:{sid}:words           hash    what the customer said, by the number of the act
--   consent:{sid}:asked           list    who asked for what, the last one first
--   meta:{sid}:<purpose>          stream  what is kept for that purpose alone

local VERSION = 'unrendered'
