-- Each connection waits between its requests, so that all of them together keep a rate.
function delay()
   return PAUSE
end
