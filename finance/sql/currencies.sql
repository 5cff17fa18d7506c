-- The currencies of ISO 4217 with their number of decimals, as finance/currencies.py has them from a library;
-- NULL for anything else. Relied on by every amount of money.

create or replace function app.currency_decimals(currency text) returns integer
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return case
        when currency in ('USD', 'EUR', 'GBP') then 2
        when currency = any (string_to_array(
                'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', ' ')) then 0
        when currency = any (string_to_array(
                'BHD IQD JOD KWD LYD OMR TND', ' ')) then 3
        when currency = any (regexp_split_to_array(
                'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD
                 BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP
                 DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
                 IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
                 MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
                 NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
                 SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD
                 USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG', '\s+')) then 2
    end;

-- An amount has its currency's decimals: 5 dollars are kept as 5.00. What would have to be rounded stays as
-- it is, for a check to refuse.
create or replace function app.fit_amount() returns trigger
    language plpgsql
as $$
declare
    places integer := app.currency_decimals(new.currency);
begin
    if round(new.amount, places) = new.amount then
        new.amount := round(new.amount, places);
    end if;
    return new;
end
$$;
